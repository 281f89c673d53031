// The ways of choosing experts that a study compares, and what each has chosen.
import { COMPARED_CRITERIA, CRITERIA, type ComparedCriterion } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { SuperExperts } from '../../../contract/requests.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';
import type { Ablation } from '../../experts/selection/criteria.ts';
import { registered } from '../slow-criteria/register.ts';

/**
 * By one domain's scores, or those of some of its tokens, or of n of its demos; with super experts treated otherwise; with the
 * highest scores dropped; with the dropped experts merged into the kept ones; by scores of the n-th round; by all domains' scores at once; or no choice: all experts.
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
  /** Seed of `random` and of drawn demos; null for the others. */
  readonly seed: number | null;
  /** Whose demos decided, or gave the importance matrix; null: all domains' (mixed), or nobody's (random, weights). */
  readonly domain: string | null;
  /** Experts kept a layer. */
  readonly keep: number;
  /** Per MoE layer the kept expert indices, ascending. */
  readonly kept: KeptExperts;
};

/** By a criterion that neither stored sums nor chance give. */
export function isSlow(method: Method): boolean {
  return COMPARED_CRITERIA.some((one) => one === method) && !CRITERIA.some((one) => one === method);
}

/** The leading criterion's choice but for one thing, so that it is compared with it in pairs. */
export function comparesLeading(method: Method): boolean {
  return ['tokens-', 'demos-', 'super-experts-', 'own-removed', 'merged'].some((start) => method.startsWith(start));
}

/** By chance or by weights. */
export function knowsNoDomain(method: Method): boolean {
  const compared = COMPARED_CRITERIA.find((one) => one === method);
  return compared === 'random' || (compared !== undefined && registered(compared)?.observes === 'weights');
}
