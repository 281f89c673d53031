// How far domains keep the same experts.
import { commonShare } from '../../experts/selection/overlap.ts';
import type { StudyChoice } from './methods.ts';

/** How far domains keep the same experts, at one count. */
export type DomainOverlap = {
  readonly keep: number;
  readonly domains: readonly string[];
  /** Share of the kept experts in common, |A ∩ B| / K, averaged over the layers: `[domain][domain]`. */
  readonly common: readonly (readonly number[])[];
};

/** The overlap of domains. @param choices choices by one method and count, one for each domain */
export function overlapOf(choices: readonly StudyChoice[]): DomainOverlap {
  return {
    keep: choices[0]?.keep ?? 0,
    domains: choices.map(({ domain }) => domain ?? ''),
    common: choices.map((a) => choices.map((b) => commonShare(a.kept, b.kept))),
  };
}
