// Computes throughput and time left from a job's progress.

/** No time left is shown before one of these is reached, since the first samples include warm-up. */
const MIN_ELAPSED_MS = 10_000;
const MIN_SHARE = 0.05;

/** Work done at a moment. A resumed job does not start at 0. */
export type Sample = { readonly ms: number; readonly done: number };

export type Pace = {
  /** Units per second; undefined before the second sample. */
  readonly perSecond: number | undefined;
  /** undefined: there are too few samples. */
  readonly etaMs: number | undefined;
};

/** Throughput and time left. @param total total work, in the unit of the samples; 0: not known */
export function paceOf(first: Sample, last: Sample, total: number): Pace {
  const elapsedMs = last.ms - first.ms;
  if (elapsedMs <= 0) return { perSecond: undefined, etaMs: undefined };
  const done = last.done - first.done;
  const isTelling = elapsedMs >= MIN_ELAPSED_MS || done / (total - first.done) >= MIN_SHARE;
  const etaMs = total > 0 && done > 0 && isTelling ? (Math.max(0, total - last.done) * elapsedMs) / done : undefined;
  return { perSecond: (1000 * done) / elapsedMs, etaMs };
}
