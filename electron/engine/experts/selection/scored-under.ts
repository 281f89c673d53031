// Scores that were made under a mask say nothing about the masked experts, so these can never be chosen: in rounds of scoring
// and masking, what one round dropped stays dropped.
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { ExpertRef } from '../../../contract/requests.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import type { TokenChoice } from '../../../contract/token-classes.ts';

/** The scores of one domain that experts are chosen by. */
export type DomainScores = {
  /** The name that people read: a domain, or a file. */
  readonly domain: string;
  /** The tokens that the scores cover; default: all. */
  readonly tokens?: TokenChoice | undefined;
  /** The experts that took part in the scoring; null: all of them. */
  readonly scoredUnder: KeptExperts | null;
  readonly matrix: ScoreMatrix;
  /** The largest norm of each expert's outputs; absent or null: not known, so that no super expert is found. */
  readonly maxNorm?: Float32Array | null;
};

type Scoring = Pick<DomainScores, 'domain' | 'scoredUnder'>;

/**
 * The mask that scores were made under. Scores of different masks are not mixed: an expert that one of them masked has no score
 * there, and the others got its tokens.
 * @throws WinnowError SCORES_INVALID: the masks differ
 */
export function oneMask(scorings: readonly Scoring[]): KeptExperts | null {
  const [first, ...others] = scorings;
  if (!first) return null;
  const mask = JSON.stringify(first.scoredUnder);
  const other = others.find(({ scoredUnder }) => JSON.stringify(scoredUnder) !== mask);
  if (!other) return first.scoredUnder;
  const named = { first: masking(first), other: masking(other) };
  throw new WinnowError('SCORES_INVALID', say('masksDiffer', named), { domains: [first.domain, other.domain] });
}

function masking({ domain, scoredUnder }: Scoring): Sentence {
  const experts = scoredUnder?.[0]?.length;
  return experts === undefined ? say('withoutMask', { domain }) : say('underMask', { domain, experts });
}

/** The experts that took no part in a scoring, as drops. */
export function neverScored(scoredUnder: KeptExperts | null, nExpert: number): ExpertRef[] {
  const experts = Array.from({ length: nExpert }, (_, expert) => expert);
  return (scoredUnder ?? []).flatMap((kept, layer) => {
    const scored = new Set(kept);
    return experts.filter((expert) => !scored.has(expert)).map((expert) => ({ layer, expert }));
  });
}

/**
 * @param masked as `neverScored` returns them
 * @throws WinnowError SELECTION_IMPOSSIBLE: a masked expert is pinned, or more should be kept than took part
 */
export function requireScored(
  masked: readonly ExpertRef[],
  { keep, pins }: { readonly keep: number; readonly pins: readonly ExpertRef[] },
  nExpert: number,
): void {
  const pin = pins.find(({ layer, expert }) =>
    masked.some((other) => other.layer === layer && other.expert === expert),
  );
  if (pin) {
    throw new WinnowError('SELECTION_IMPOSSIBLE', say('pinMasked', { expert: pin.expert, layer: pin.layer }), {
      ...pin,
    });
  }
  for (const [layer, experts] of Map.groupBy(masked, (expert) => expert.layer)) {
    const left = nExpert - experts.length;
    if (keep <= left) continue;
    throw new WinnowError('SELECTION_IMPOSSIBLE', say('scoredUnderMask', { left, layer, keep }), { layer, left, keep });
  }
}
