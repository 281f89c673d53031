// The result of `--criterion auto` in words.
import type { BestCriterion } from '../contract/api/selections.ts';
import type { Interval } from '../contract/interval.ts';
import { formatInterval, table } from './output.ts';

/** Returns a table of the criteria, the best first, and how certain that is. */
export function bestCriterionText({ best, criteria, units, tokens }: BestCriterion): string {
  const equal = criteria.filter(({ criterion, isWorse, isSame }) => criterion !== best && !isWorse && !isSame);
  const same = criteria.filter(({ criterion, isSame }) => criterion !== best && isSame);
  const worse = criteria.filter(({ isWorse }) => isWorse);
  const names = (some: typeof criteria): string => some.map(({ criterion }) => criterion).join(', ');
  return [
    table(
      ['criterion', 'KL', 'more than the best', 'perplexity over the full model’s'],
      criteria.map(({ criterion, kl, overBest, ratio }) => [
        criterion,
        kl.value.toFixed(4),
        overBest === null ? 'the best' : signed(overBest),
        formatInterval(ratio, (value) => value.toFixed(3)),
      ]),
    ),
    `Measured on demos that were not scored, ${tokens} tokens in ${units} parts: KL divergence from the full model, in nats per token, with paired 95 % intervals.`,
    [
      `Chosen: ${best}.`,
      ...(worse.length > 0 ? [`Beyond chance it is better than ${names(worse)}.`] : []),
      ...(same.length > 0 ? [`The same experts are kept by ${names(same)}.`] : []),
      ...(equal.length > 0 ? [`Chance may explain its lead over ${names(equal)}: more demos would tell.`] : []),
    ].join(' '),
  ].join('\n');
}

function signed({ value, low, high }: Interval): string {
  const plus = (number: number): string => `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(4)}`;
  return low === null || high === null ? plus(value) : `${plus(value)} (${plus(low)} to ${plus(high)})`;
}
