// Shows which experts work together, and which kept expert covers a dropped one, from the observations of each domain.
import type { ModelInfo } from '../../../contract/model-info.ts';
import { covers, type CoveredExpert } from '../slow-criteria/cover.ts';
import { strengths } from '../slow-criteria/dictionary.ts';
import type { StudyChoice } from './methods.ts';
import type { StudiedDomain } from './score-domains.ts';

export type DomainGroups = {
  readonly domain: string;
  /** Atoms of the dictionary, the strongest first. */
  readonly atoms: readonly {
    /** Share of all atoms' strength over the demos. */
    readonly share: number;
    /** Experts whose part is at least half of the atom's largest, in descending order. */
    readonly experts: readonly { readonly block: number; readonly expert: number; readonly part: number }[];
  }[];
  /** Share of the gate sums that the atoms do not explain: ‖X − D·R‖ / ‖X‖. */
  readonly error: number;
  /** The dropped experts of each MoE layer, for the leading choice of each count. null: the model's router exposes no logits. */
  readonly covered:
    | readonly {
        readonly keep: number;
        readonly layers: readonly { readonly block: number; readonly experts: readonly CoveredExpert[] }[];
      }[]
    | null;
};

const MEMBER_PART = 0.5;

/**
 * The groups of a domain.
 * @param leading choices by the leading criterion
 * @returns null: the domain was not observed for this
 */
export function groupsOf(
  { domain, observed }: StudiedDomain,
  leading: readonly StudyChoice[],
  { moeLayers, nExpert }: Pick<ModelInfo, 'moeLayers' | 'nExpert'>,
): DomainGroups | null {
  if (!observed?.dictionary) return null;
  const { dictionary, observation } = observed;
  const strength = strengths(dictionary);
  const whole = strength.reduce((sum, value) => sum + value, 0);
  const atoms = dictionary.atoms
    .map((atom, p) => ({
      share: whole > 0 ? strength[p]! / whole : 0,
      experts: Array.from(atom, (part, i) => ({
        block: moeLayers[Math.floor(i / nExpert)]!,
        expert: i % nExpert,
        part,
      }))
        .filter(({ part }) => part >= MEMBER_PART)
        .sort((a, b) => b.part - a.part),
    }))
    .sort((a, b) => b.share - a.share);
  const own = leading.filter((choice) => choice.domain === domain);
  const covered = own.map(({ keep, kept }) => ({
    keep,
    layers: covers(observation.logits, observation, kept).map((experts, layer) => ({
      block: moeLayers[layer]!,
      experts,
    })),
  }));
  return { domain, atoms, error: dictionary.error, covered: observation.logits.length > 0 ? covered : null };
}
