// Computes throughput and time left from a job's progress. Pure: the caller passes the time.

/** Time constant of the smoothing: older samples have a weight below 1/e. */
const SMOOTHING_MS = 10_000;
/** No time left is shown before one of these is reached, since the first samples include warm-up. */
const MIN_ELAPSED_MS = 10_000;
const MIN_SHARE = 0.05;

/** State to keep between samples; begin with `startThroughput`. */
export type Throughput = {
  readonly startMs: number;
  readonly startDone: number;
  readonly lastMs: number;
  readonly lastDone: number;
  /** Exponentially weighted sum of rates in units per ms, and the sum of their weights (1 in the limit). */
  readonly weightedRate: number;
  readonly weight: number;
};

export type Pace = {
  /** Units per second, smoothed; undefined before the first sample. */
  readonly perSecond: number | undefined;
  /** undefined: there are too few samples. */
  readonly etaMs: number | undefined;
};

/** The initial state. @param done work done before this measurement began: a resumed job does not start at 0 */
export function startThroughput(nowMs: number, done: number): Throughput {
  return { startMs: nowMs, startDone: done, lastMs: nowMs, lastDone: done, weightedRate: 0, weight: 0 };
}

/**
 * Adds a sample. The rate since the last one gets the weight 1 - exp(-Δt/τ); earlier rates keep exp(-Δt/τ) of their
 * weight. Dividing by the sum of weights removes the initial bias. If the work done decreases, the measurement restarts.
 */
export function addSample(throughput: Throughput, nowMs: number, done: number): Throughput {
  if (done < throughput.lastDone) return startThroughput(nowMs, done);
  const elapsedMs = nowMs - throughput.lastMs;
  // Within one tick of the clock there is no rate; the next sample includes this one's work.
  if (elapsedMs <= 0) return throughput;
  const decay = Math.exp(-elapsedMs / SMOOTHING_MS);
  const rate = (done - throughput.lastDone) / elapsedMs;
  return {
    ...throughput,
    lastMs: nowMs,
    lastDone: done,
    weightedRate: throughput.weightedRate * decay + rate * (1 - decay),
    weight: throughput.weight * decay + (1 - decay),
  };
}

/** Throughput and time left. @param total total work, in the unit of the samples; 0: not known */
export function paceOf(throughput: Throughput, total: number): Pace {
  const { startMs, startDone, lastMs, lastDone, weightedRate, weight } = throughput;
  if (weight === 0) return { perSecond: undefined, etaMs: undefined };
  const perMs = weightedRate / weight;
  const perSecond = perMs * 1000;
  const share = (lastDone - startDone) / (total - startDone);
  const known = total > 0 && perMs > 0 && (lastMs - startMs >= MIN_ELAPSED_MS || share >= MIN_SHARE);
  return { perSecond, etaMs: known ? Math.max(0, total - lastDone) / perMs : undefined };
}
