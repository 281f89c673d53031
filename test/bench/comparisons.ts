// Which of many ways is better, over domains and models: each pair of a domain and a model is one observation, however long its text.
import { ALPHA, type Interval } from '../../electron/contract/interval.ts';
import { withInterval } from '../../electron/cli/study-tables.ts';
import { mean } from '../../electron/engine/base/statistics/averages.ts';
import { studentQuantile } from '../../electron/engine/base/statistics/bootstrap.ts';
import { table } from './measured-documents.ts';

/** One way in one domain of one model: its perplexity over that of the way that it is compared with. */
type Observation = { readonly model: string; readonly domain: string; readonly ratio: number };

/** Several ways beside one and the same. */
export type Comparison = { readonly name: string; readonly observations: readonly Observation[] };

/**
 * The geometric mean of the ratios with its 95 % interval, and Student's two-sided test that it is 1.
 * @returns no interval and no test of a single observation
 */
export function compared(observations: readonly Observation[]): {
  readonly ratio: Interval;
  readonly p: number | null;
} {
  const logs = observations.map(({ ratio }) => Math.log(ratio));
  const centre = mean(logs);
  const value = Math.exp(centre);
  const freedom = logs.length - 1;
  if (freedom < 1) return { ratio: { value, standardError: null, low: null, high: null }, p: null };
  const error = Math.sqrt(logs.reduce((sum, log) => sum + (log - centre) ** 2, 0) / freedom / logs.length);
  const margin = studentQuantile(freedom) * error;
  const ratio = {
    value,
    standardError: value * error,
    low: Math.exp(centre - margin),
    high: Math.exp(centre + margin),
  };
  return { ratio, p: error === 0 ? Number(centre === 0) : studentTwoSided(Math.abs(centre) / error, freedom) };
}

/** Probability that Student's t lies outside ±t; finite sums for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4). */
export function studentTwoSided(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = 0;
  for (let power = isOdd ? 1 : 0; power <= freedom - 2; power += 2) {
    sum += term;
    term *= (cosine ** 2 * (power + 1)) / (power + 2);
  }
  const inside = isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
  return Math.max(0, 1 - inside);
}

/** p-values that hold for all comparisons together (Holm 1979, Scandinavian Journal of Statistics 6, 65–70), in the order given. */
export function holm(values: readonly number[]): number[] {
  const order = [...values.keys()].toSorted((a, b) => values[a]! - values[b]!);
  const adjusted = new Array<number>(values.length);
  let highest = 0;
  for (const [rank, at] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (values.length - rank) * values[at]!));
    adjusted[at] = highest;
  }
  return adjusted;
}

/** What a table of comparisons says of its intervals. */
export const COMPARISON_NOTE =
  'Observations, intervals and p: [METHOD.md](../METHOD.md#which-texts-may-tune-and-which-may-report).';

/** @param head what is compared with what */
export function comparisonTable(head: string, comparisons: readonly Comparison[]): string {
  const all = comparisons.map(({ name, observations }) => ({ name, ...compared(observations) }));
  const corrected = holm(all.map(({ p }) => p ?? 1));
  const lines = all
    .map(({ name, ratio, p }, i) => {
      const isSure = p !== null && corrected[i]! <= ALPHA;
      const verdict = isSure ? (ratio.value < 1 ? 'better' : 'worse') : '';
      const cells = [name, withInterval(ratio), probability(p && corrected[i]!)];
      return { value: ratio.value, cells: [...cells, verdict] };
    })
    .toSorted((a, b) => a.value - b.value);
  return table(
    [head, 'geometric mean', 'p, Holm', ''],
    lines.map(({ cells }) => cells),
  );
}

function probability(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}
