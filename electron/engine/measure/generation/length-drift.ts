// Measures how much longer or shorter a variant's answers are than the full model's.
import type { GenerationFigures } from '../../../contract/api/generations.ts';
import { ALPHA } from '../../../contract/interval.ts';
import { mean, median } from '../../base/statistics/averages.ts';
import { signTestBound } from '../../base/statistics/binomial.ts';

type LengthRatio = NonNullable<GenerationFigures['againstFull']>['lengthRatio'];

/**
 * Median over the prompts of the variant's mean length divided by the full model's. If both hit the limit, the ratio is 1,
 * whatever they would have written. The 95 % interval lies between two order statistics and assumes no distribution
 * (Conover, Practical Nonparametric Statistics, section 3.2); fewer than six prompts cannot give 95 %, so it then spans all
 * of them.
 * @param ours tokens `[prompt][sample]`, at least one; `theirs` likewise, of the same prompts
 */
export function lengthRatio(ours: readonly (readonly number[])[], theirs: readonly (readonly number[])[]): LengthRatio {
  const ratios = ours
    .map((samples, prompt) => meanLength(samples) / meanLength(theirs[prompt] ?? []))
    .sort((a, b) => a - b);
  // this many of the smallest, and of the largest, can be left out with the median still inside in 19 cases of 20
  const outside = Math.max(0, signTestBound(ratios.length, ALPHA));
  return {
    value: median(ratios),
    standardError: null,
    low: ratios[outside] ?? 1,
    high: ratios[ratios.length - 1 - outside] ?? 1,
    prompts: ratios.length,
  };
}

/** Mean length in tokens. An empty completion counts as one token, so that ratios are finite. */
function meanLength(tokens: readonly number[]): number {
  return mean(tokens.map((count) => Math.max(1, count)));
}
