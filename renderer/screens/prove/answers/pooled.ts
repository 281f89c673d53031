// Combines judgements of several demo sets into one, with the interval that follows from theirs.
import type { GenerationDifference, GenerationRate } from '../../../../electron/contract/api/generations.ts';
import type { Bounded } from '../../../../electron/contract/interval.ts';
import { signTest } from '../../../../electron/contract/sign-test.ts';

/** A share of completions, with its 95 % interval. */
export type Rate = Bounded & { readonly hits: number; readonly judged: number };

/** A variant's share minus the full model's, with its 95 % interval. */
export type Difference = Bounded & {
  readonly prompts: number;
  /** p-value of the two-sided exact sign test. */
  readonly pValue: number;
};

/**
 * Returns the mean of independent figures. Each end's distance from it is the root of the weighted squares of the
 * figures' own distances (MOVER: Zou and Donner, Statistics in Medicine 27, 2008, 1693–1702), which preserves the
 * asymmetry of the shares' intervals.
 * @param parts at least one; weights above 0
 */
export function pooled(parts: readonly (Bounded & { readonly weight: number })[]): Bounded {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  const mean = (of: (part: Bounded) => number): number =>
    parts.reduce((sum, part) => sum + (part.weight / total) * of(part), 0);
  const distance = (of: (part: Bounded) => number): number =>
    Math.sqrt(parts.reduce((sum, part) => sum + ((part.weight / total) * of(part)) ** 2, 0));
  const value = mean((part) => part.value);
  return {
    value,
    standardError: null,
    low: value - distance((part) => part.value - part.low),
    high: value + distance((part) => part.high - part.value),
  };
}

/** @returns the combined rate; null if nothing could be judged */
export function pooledRate(rates: readonly (GenerationRate | null)[]): Rate | null {
  const judged = rates.filter((rate) => rate !== null);
  if (judged.length === 0) return null;
  const parts = judged.map((rate) => ({ ...rate, weight: rate.judged }));
  return {
    ...pooled(parts),
    hits: judged.reduce((sum, { hits }) => sum + hits, 0),
    judged: judged.reduce((sum, rate) => sum + rate.judged, 0),
  };
}

/** Tests the prompts of several sets as if they were from one. @returns null if nothing could be judged for both models */
export function pooledDifference(differences: readonly (GenerationDifference | null)[]): Difference | null {
  const known = differences.filter((difference) => difference !== null);
  const [only] = known;
  if (only === undefined) return null;
  const sum = (of: (one: GenerationDifference) => number): number => known.reduce((total, one) => total + of(one), 0);
  const parts = known.map((one) => ({ ...one, weight: one.prompts }));
  return {
    ...pooled(parts),
    prompts: sum(({ prompts }) => prompts),
    pValue:
      known.length === 1
        ? only.pValue
        : signTest(
            sum(({ higher }) => higher),
            sum(({ lower }) => lower),
          ),
  };
}
