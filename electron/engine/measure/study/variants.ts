// Lists the variants of choices apart from plain previews: files in other types, with fewer active experts, or both.
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { QuantType } from '../../../contract/quantise.ts';
import type { CompareRequest } from '../../../contract/requests.ts';
import type { StudyChoice } from './methods.ts';

export type StudyVariant = {
  readonly choice: StudyChoice;
  /** null: the weights stay as they are. */
  readonly type: QuantType | null;
  /** Number of experts that each token is routed to; null: as many as the model says. */
  readonly activeExperts: number | null;
};

type Wanted = Pick<CompareRequest, 'types' | 'activeExperts'>;

/** Whether there is more to compare than plain previews. */
export function hasVariants({ types = [], activeExperts = [] }: Wanted): boolean {
  return types.length + activeExperts.length > 0;
}

/**
 * The choices by one domain's demos, and all experts, in every type and with every count of active experts. A choice by one domain has
 * that domain's importance matrix; random choices have none, and stay previews. Empty if no variants are requested.
 * @param domains domains with demos
 */
export function variantsOf(
  choices: readonly StudyChoice[],
  { moeLayers, nExpert }: Pick<ModelInfo, 'moeLayers' | 'nExpert'>,
  domains: readonly string[],
  wanted: Wanted,
): StudyVariant[] {
  if (!hasVariants(wanted)) return [];
  const everyExpert = moeLayers.map(() => Array.from({ length: nExpert }, (_, expert) => expert));
  const whole = domains.map((domain): StudyChoice => ({
    method: 'whole',
    seed: null,
    domain,
    keep: nExpert,
    kept: everyExpert,
  }));
  const types = [null, ...new Set(wanted.types)];
  const counts = [null, ...new Set(wanted.activeExperts)];
  return [...whole, ...choices.filter(hasVariant)].flatMap((choice) =>
    types.flatMap((type) =>
      counts
        // the unchanged full model is the reference itself
        .filter((activeExperts) => choice.method !== 'whole' || type !== null || activeExperts !== null)
        .map((activeExperts) => ({ choice, type, activeExperts })),
    ),
  );
}

/** Whether a choice has variants: drawn demos stay previews. */
function hasVariant({ domain, seed }: StudyChoice): boolean {
  return domain !== null && seed === null;
}
