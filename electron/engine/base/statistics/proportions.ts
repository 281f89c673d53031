// Shares of completions with their intervals.
import type { GenerationDifference, GenerationRate } from '../../../contract/api/generations.ts';
import { NORMAL_QUANTILE as Z, type Bounded } from '../../../contract/interval.ts';
import { signTest } from '../../../contract/sign-test.ts';

/** Outcomes of the completions, one a prompt; null: could not be judged. */
type Outcomes = readonly (boolean | null)[];

/** Wilson's score interval (Wilson, JASA 22, 1927): it stays within 0 and 1, and is wide if there are few trials. */
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
  const known = outcomes.filter((outcome) => outcome !== null);
  if (known.length === 0) return null;
  const hits = countOf(known);
  return { ...wilson(hits / known.length, known.length), hits, judged: known.length };
}

/**
 * The share of `ours` minus that of `theirs`, over the prompts that were judged with both. Interval: Newcombe's method 10 for paired
 * shares (Statistics in Medicine 17, 1998, 2635–2650), which combines the two Wilson intervals through the correlation of the
 * outcomes. Test: McNemar's exact test.
 * @returns null if nothing was judged with both
 */
export function differenceOf(ours: Outcomes, theirs: Outcomes): GenerationDifference | null {
  const pairs = ours.flatMap((our, prompt): [boolean, boolean][] => {
    const their = theirs[prompt] ?? null;
    return our === null || their === null ? [] : [[our, their]];
  });
  const n = pairs.length;
  if (n === 0) return null;
  const higher = countOf(pairs.map(([our, their]) => our && !their));
  const lower = countOf(pairs.map(([our, their]) => !our && their));
  const both = countOf(pairs.map(([our, their]) => our && their));
  const [p, q] = [(both + higher) / n, (both + lower) / n];
  const [a, b] = [wilson(p, n), wilson(q, n)];
  const correlation = fourfoldCorrelation(both, higher, lower, n);
  const distance = (x: number, y: number): number => Math.sqrt(Math.max(0, x * x - 2 * correlation * x * y + y * y));
  return {
    value: p - q,
    standardError: null,
    low: p - q - distance(p - a.low, b.high - q),
    high: p - q + distance(a.high - p, q - b.low),
    prompts: n,
    pValue: signTest(higher, lower),
  };
}

/** The correlation of a fourfold table, with Newcombe's continuity correction towards 0; 0 if one side does not vary. */
function fourfoldCorrelation(both: number, higher: number, lower: number, n: number): number {
  const neither = n - both - higher - lower;
  const spread = Math.sqrt((both + higher) * (lower + neither) * (both + lower) * (higher + neither));
  if (spread === 0) return 0;
  const difference = both * neither - higher * lower;
  return (difference > 0 ? Math.max(0, difference - n / 2) : difference) / spread;
}

function countOf(outcomes: readonly boolean[]): number {
  return outcomes.filter((hit) => hit).length;
}
