// Whether something grows with the work: a slope that single outliers, such as one garbage collection, do not move.

/** What was measured after so many jobs. */
export type Sample<Figure extends string> = { readonly jobs: number } & Readonly<Record<Figure, number>>;

export type Verdict<Figure extends string> = {
  readonly figure: Figure;
  readonly first: number;
  readonly last: number;
  /** Growth in a hundred jobs. */
  readonly slope: number;
  readonly bound: number;
  readonly grows: boolean;
};

/** Share of the samples that warm-up may take: caches fill, the heap finds its size. */
const WARM_UP = 0.5;
/** Pairs of samples grow with their square. */
const MAX_SAMPLES = 1000;

/**
 * @param samples in their order
 * @param bounds how much each may grow in a hundred jobs
 */
export function judgeGrowth<Figure extends string>(
  samples: readonly Sample<Figure>[],
  bounds: Readonly<Record<Figure, number>>,
): Verdict<Figure>[] {
  const late = thin(samples.slice(Math.floor(samples.length * WARM_UP)));
  return (Object.keys(bounds) as Figure[]).map((figure) => {
    const slope = 100 * theilSen(late.map((sample) => ({ x: sample.jobs, y: sample[figure] })));
    const bound = bounds[figure];
    return {
      figure,
      first: late[0]?.[figure] ?? NaN,
      last: late.at(-1)?.[figure] ?? NaN,
      slope,
      bound,
      grows: slope > bound,
    };
  });
}

function thin<T>(samples: readonly T[]): T[] {
  const step = Math.ceil(samples.length / MAX_SAMPLES);
  return samples.filter((_, i) => i % step === 0);
}

/** Median of the slopes between all pairs of points (Theil 1950, Sen 1968); 0 for fewer than two. */
function theilSen(points: readonly { readonly x: number; readonly y: number }[]): number {
  const slopes = points.flatMap((a, i) =>
    points
      .slice(i + 1)
      .filter(({ x }) => x !== a.x)
      .map((b) => (b.y - a.y) / (b.x - a.x)),
  );
  const sorted = Float64Array.from(slopes).sort();
  return sorted.length === 0 ? 0 : sorted[Math.floor(sorted.length / 2)]!;
}
