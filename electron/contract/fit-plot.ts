// The geometry of the picture of a search for the best file: size on the horizontal axis, damage on the vertical one.
// For everything that draws it.
import { isPlain, type FitFile, type FitFindings } from './fit.ts';
import { ratioOfNats } from './interval.ts';

/** What the picture needs of a file. */
export type PlottedFile = FitFile;

export type PlotSize = { readonly width: number; readonly height: number };

export type PlotPoint = {
  /** Index of the file. */
  readonly file: number;
  readonly x: number;
  readonly y: number;
  /** Ends of the 95 % interval; null: there is none. */
  readonly whisker: { readonly top: number; readonly bottom: number } | null;
  /** The point shows the loss in the domain; false: outside it. */
  readonly isInside: boolean;
  /** The file is the source model in another type, otherwise unchanged. */
  readonly isPlain: boolean;
};

export type FitPlot = {
  readonly points: readonly PlotPoint[];
  /** A line from the smallest file on, through those that lose less in the domain than every smaller file. */
  readonly frontier: readonly { readonly x: number; readonly y: number }[];
  readonly xTicks: readonly { readonly x: number; readonly bytes: number }[];
  readonly yTicks: readonly { readonly y: number; readonly ratio: number }[];
  readonly area: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
};

const MARGIN = { left: 56, right: 16, top: 12, bottom: 34 };
/** Share of the span that is left free, so that no point touches the frame. */
const ROOM = 0.06;
const MOST_TICKS = 6;

/**
 * Lays out the picture: sizes on a linear scale, how far the files are from the source model (`ratioOfNats`) on a logarithmic one.
 * @returns null if nothing was measured
 */
export function fitPlot(
  { files, nExpert }: Pick<FitFindings, 'nExpert'> & { readonly files: readonly PlottedFile[] },
  { width, height }: PlotSize,
): FitPlot | null {
  const area = {
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
  };
  const shown = files.flatMap((file, index) =>
    ([true, false] as const).flatMap((isInside) => {
      const nats = isInside ? file.klMean : file.klOutside;
      if (nats === null) return [];
      return [{ file: index, of: file, ratio: ratioOfNats(nats), isInside, isPlain: isPlain(file, nExpert) }];
    }),
  );
  if (shown.length === 0) return null;
  const x = scale(
    shown.map(({ of }) => of.bytes),
    [area.left, area.right],
  );
  const logs = shown.flatMap(({ ratio: { value, low, high } }) => [value, low ?? value, high ?? value].map(Math.log));
  const y = scale([0, ...logs], [area.bottom, area.top]);
  const yOf = (ratio: number): number => y.at(Math.log(ratio));
  return {
    area,
    points: shown.map(({ file, of, ratio, isInside, isPlain }) => ({
      file,
      isInside,
      isPlain,
      x: x.at(of.bytes),
      y: yOf(ratio.value),
      whisker: ratio.low === null || ratio.high === null ? null : { top: yOf(ratio.high), bottom: yOf(ratio.low) },
    })),
    frontier: frontierOf(files).map(({ bytes, ratio }) => ({ x: x.at(bytes), y: yOf(ratio) })),
    xTicks: roundTicks(x.low, x.high).map((bytes) => ({ x: x.at(bytes), bytes })),
    yTicks: ratioTicks(Math.exp(y.low), Math.exp(y.high)).map((ratio) => ({ y: yOf(ratio), ratio })),
  };
}

/** Returns the measured files that lose less in the domain than every smaller file, from the smallest on. */
export function frontierOf(files: readonly PlottedFile[]): { readonly bytes: number; readonly ratio: number }[] {
  const measured = files
    .flatMap(({ bytes, klMean }) => (klMean === null ? [] : [{ bytes, ratio: ratioOfNats(klMean).value }]))
    .toSorted((a, b) => a.bytes - b.bytes || a.ratio - b.ratio);
  let least = Infinity;
  return measured.filter(({ ratio }) => {
    if (ratio >= least) return false;
    least = ratio;
    return true;
  });
}

function scale(values: readonly number[], [from, to]: readonly [number, number]) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = ROOM * (most - least || Math.abs(most) || 1);
  const [low, high] = [least - room, most + room];
  return { low, high, at: (value: number) => from + ((to - from) * (value - low)) / (high - low) };
}

/** Returns the multiples of a round step. d3's ticks are the page's alone; reports draw this picture too. */
function roundTicks(low: number, high: number): number[] {
  const least = (high - low) / MOST_TICKS;
  const decade = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((n) => n * decade).find((n) => n >= least) ?? 10 * decade;
  const ticks: number[] = [];
  for (let n = Math.ceil(low / step); n * step <= high; n++) ticks.push(n * step);
  return ticks;
}

/** Returns the ticks of ratios: small losses have finer steps, large ones are labelled as multiples. */
function ratioTicks(low: number, high: number): number[] {
  if (high < 1.6) return roundTicks(low, high);
  const ticks = [0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000].filter(
    (tick) => tick >= low && tick <= high,
  );
  return ticks.length <= MOST_TICKS + 2 ? ticks : ticks.filter((_, index) => index % 2 === 0);
}
