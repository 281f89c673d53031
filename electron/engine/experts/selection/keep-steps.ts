// The counts that correspond to shares of the experts: those that presets offer, and at which criteria are compared.
import { WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { selectOptions, type ChoiceOptions, type Routing } from './choose-experts.ts';
import { layerRules } from './layer-rules.ts';
import { neverScored, requireScored } from './scored-under.ts';

/** Shares of the experts, the largest first. */
const SHARES = [0.75, 0.5, 0.25];

type KeepStep = {
  readonly share: number;
  /** The nearest count that blocks and balanced groups allow, halves up; null: it cannot be kept. */
  readonly keep: number | null;
};

/**
 * @param nLayers number of MoE layers
 * @param scoredUnder the mask that the scores were made under: masked experts count as dropped
 */
export function keepSteps(
  routing: Routing,
  nLayers: number,
  choice: Omit<ChoiceOptions, 'keep' | 'mix'>,
  scoredUnder: KeptExperts | null,
): KeepStep[] {
  const { nExpert, nExpertGroups, expertsPerBlock } = routing;
  const groups = choice.grouping === 'balanced' ? Math.max(1, nExpertGroups) : 1;
  const unit = groups * Math.max(1, expertsPerBlock);
  const masked = neverScored(scoredUnder, nExpert);
  const isPossible = (keep: number): boolean => {
    try {
      requireScored(masked, { keep, pins: choice.pins }, nExpert);
      const options: ChoiceOptions = { ...choice, keep, mix: 'shares', drops: [...choice.drops, ...masked] };
      layerRules(selectOptions(routing, options), nLayers, nExpert);
      return true;
    } catch (error) {
      if (error instanceof WinnowError && error.code === 'SELECTION_IMPOSSIBLE') return false;
      throw error;
    }
  };
  return SHARES.map((share) => {
    const keep = Math.round((share * nExpert) / unit) * unit;
    return { share, keep: isPossible(keep) ? keep : null };
  });
}
