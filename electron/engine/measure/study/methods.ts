// The methods of choosing experts that a study compares, and their choices.
import { COMPARED_CRITERIA, CRITERIA, type ComparedCriterion } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { SuperExperts } from '../../../contract/requests.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import type { Ablation } from '../../experts/selection/criteria.ts';
import { registered } from '../slow-criteria/register.ts';

/**
 * By the scores of one domain, of some of its tokens, or of n of its demos; with super experts treated differently; with the highest
 * scores dropped; with the dropped experts merged into the kept ones; by the scores of the n-th round; by the scores of all domains
 * together; or without a choice: all experts.
 */
export type Method =
  | ComparedCriterion
  | Ablation
  | `tokens-${TokenChoice}`
  | `demos-${number}`
  | `super-experts-${SuperExperts}`
  | 'own-removed'
  | 'merged'
  | `rounds-${number}`
  | 'mixed-shares'
  | 'mixed-max-min'
  | 'whole';

export type StudyChoice = {
  readonly method: Method;
  /** Seed of `random` and of drawn demos; null: another method. */
  readonly seed: number | null;
  /** The domain whose demos decided, or gave the importance matrix; null: all domains (mixed), or none (random, weights). */
  readonly domain: string | null;
  /** Experts kept per layer. */
  readonly keep: number;
  /** Indices of the kept experts of each MoE layer, ascending. */
  readonly kept: KeptExperts;
};

/** Whether a method uses a criterion that follows neither from stored sums nor from chance. */
export function isSlow(method: Method): boolean {
  return COMPARED_CRITERIA.some((one) => one === method) && !CRITERIA.some((one) => one === method);
}

/** Whether a method differs from the leading criterion's choice in one respect, so that the two are compared in pairs. */
export function comparesLeading(method: Method): boolean {
  return ['tokens-', 'demos-', 'super-experts-', 'own-removed', 'merged'].some((start) => method.startsWith(start));
}

/** Whether a method depends on no domain: by chance, or by weights. */
export function knowsNoDomain(method: Method): boolean {
  const compared = COMPARED_CRITERIA.find((one) => one === method);
  return compared === 'random' || (compared !== undefined && registered(compared)?.observes === 'weights');
}
