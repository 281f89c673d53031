// Shares of completions with their intervals. Completions of one prompt resemble each other, so prompts, which are clusters of
// completions, are what is counted.
import type { GenerationDifference, GenerationRate } from '../../../contract/api/generations.ts';
import { NORMAL_QUANTILE as Z, type Bounded } from '../../../contract/interval.ts';
import { signTest } from '../../../contract/sign-test.ts';
import { mean } from './averages.ts';

/** Outcomes of the completions of each prompt, `[prompt][sample]`; null: could not be judged. */
type Outcomes = readonly (readonly (boolean | null)[])[];

/** Completions of one prompt: how many were judged, and how many of them hit. */
type Cluster = { readonly judged: number; readonly hits: number };

/**
 * Wilson's score interval (Wilson, JASA 22, 1927): it stays within 0 and 1, and is wide if there are few trials.
 * @param trials may be fractional, as effective sample sizes are
 */
export function wilson(share: number, trials: number): Bounded {
  const centre = share + (Z * Z) / (2 * trials);
  const half = Z * Math.sqrt((share * (1 - share)) / trials + (Z * Z) / (4 * trials * trials));
  const scale = 1 + (Z * Z) / trials;
  // rounding must not put 0 and 1 outside the interval
  const low = share === 0 ? 0 : (centre - half) / scale;
  const high = share === 1 ? 1 : (centre + half) / scale;
  return { value: share, standardError: null, low, high };
}

/** The share of completions that hit, with its interval; null: nothing could be judged. */
export function rateOf(outcomes: Outcomes): GenerationRate | null {
  const clusters = outcomes.map(clusterOf).filter(({ judged }) => judged > 0);
  if (clusters.length === 0) return null;
  const { hits, judged } = totalOf(clusters);
  const share = hits / judged;
  return { ...wilson(share, effectiveTrials(clusters)), hits, judged, prompts: clusters.length };
}

/**
 * The share of `ours` minus that of `theirs`, over the completions that were judged with both: the same prompts, the same
 * seeds. Interval: Newcombe's method 10 for paired shares (Statistics in Medicine 17, 1998, 2635–2650), which combines the two
 * Wilson intervals through the correlation of the outcomes; with several samples a prompt, the correlation of the prompts'
 * shares. Test: exact sign test on the prompts whose shares differ, which is McNemar's test with one sample a prompt.
 * @returns null if nothing was judged with both
 */
export function differenceOf(ours: Outcomes, theirs: Outcomes): GenerationDifference | null {
  const pairs = ours
    .map((samples, prompt) =>
      samples.flatMap((our, sample): [boolean, boolean][] => {
        const their = theirs[prompt]?.[sample] ?? null;
        return our === null || their === null ? [] : [[our, their]];
      }),
    )
    .filter((samples) => samples.length > 0);
  if (pairs.length === 0) return null;
  const mine = pairs.map((samples) => clusterOf(samples.map(([our]) => our)));
  const other = pairs.map((samples) => clusterOf(samples.map(([, their]) => their)));
  const p = shareOf(totalOf(mine));
  const q = shareOf(totalOf(other));
  const a = wilson(p, effectiveTrials(mine));
  const b = wilson(q, effectiveTrials(other));
  const correlation = pairCorrelation(mine.map(shareOf), other.map(shareOf));
  const distance = (x: number, y: number): number => Math.sqrt(Math.max(0, x * x - 2 * correlation * x * y + y * y));
  const higher = mine.filter(({ hits }, prompt) => hits > (other[prompt]?.hits ?? 0)).length;
  const lower = mine.filter(({ hits }, prompt) => hits < (other[prompt]?.hits ?? 0)).length;
  return {
    value: p - q,
    standardError: null,
    low: p - q - distance(p - a.low, b.high - q),
    high: p - q + distance(a.high - p, q - b.low),
    prompts: pairs.length,
    higher,
    lower,
    pValue: signTest(higher, lower),
  };
}

/**
 * The number of independent completions that would tell as much as these: judged / design effect (Rao and Scott, Biometrics 48,
 * 1992, 577–585), never more than the completions and never fewer than the prompts. If all outcomes are the same, they do not
 * show how alike samples of one prompt are: each prompt then counts once.
 */
function effectiveTrials(clusters: readonly Cluster[]): number {
  const n = clusters.length;
  const { hits, judged } = totalOf(clusters);
  const p = hits / judged;
  if (n === 1 || hits === 0 || hits === judged) return n;
  const squares = clusters.reduce((sum, cluster) => sum + (cluster.hits - p * cluster.judged) ** 2, 0);
  const variance = (n * squares) / ((n - 1) * judged * judged);
  return Math.min(judged, Math.max(n, (p * (1 - p)) / variance));
}

/** Pearson's correlation, with Newcombe's continuity correction towards 0; 0 if one side does not vary. */
function pairCorrelation(x: readonly number[], y: readonly number[]): number {
  const n = x.length;
  const meanX = mean(x);
  const meanY = mean(y);
  const covariance = x.reduce((sum, value, i) => sum + (value - meanX) * ((y[i] ?? 0) - meanY), 0) / n;
  const spread = Math.sqrt(varianceOf(x, meanX) * varianceOf(y, meanY));
  if (spread === 0) return 0;
  // n²·covariance is ad − bc of the fourfold table; the correction subtracts n/2 from it
  return (covariance > 0 ? Math.max(0, covariance - 1 / (2 * n)) : covariance) / spread;
}

function clusterOf(samples: readonly (boolean | null)[]): Cluster {
  const judged = samples.filter((outcome) => outcome !== null);
  return { judged: judged.length, hits: judged.filter((hit) => hit).length };
}

function totalOf(clusters: readonly Cluster[]): Cluster {
  return {
    judged: clusters.reduce((sum, { judged }) => sum + judged, 0),
    hits: clusters.reduce((sum, { hits }) => sum + hits, 0),
  };
}

function shareOf({ hits, judged }: Cluster): number {
  return hits / judged;
}

function varianceOf(values: readonly number[], mean: number): number {
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
