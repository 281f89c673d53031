// The methods of choosing experts that a study compares, and their choices.
import type { Criterion } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';

/** By the scores of one domain, of some of its tokens, or of n of its demos. */
export type Method = Criterion | `tokens-${TokenChoice}` | `demos-${number}`;

export type StudyChoice = {
  readonly method: Method;
  /** Seed of `random` and of drawn demos; null: another method. */
  readonly seed: number | null;
  /** The domain whose demos decided; null: none (random). */
  readonly domain: string | null;
  /** Experts kept per layer. */
  readonly keep: number;
  /** Indices of the kept experts of each MoE layer, ascending. */
  readonly kept: KeptExperts;
};

/** Whether a method differs from the leading criterion's choice in one respect, so that the two are compared in pairs. */
export function comparesLeading(method: Method): boolean {
  return method.startsWith('tokens-') || method.startsWith('demos-');
}

/** Whether a method depends on no domain. */
export function knowsNoDomain(method: Method): boolean {
  return method === 'random';
}
