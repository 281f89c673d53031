// Scores that were made under a mask say nothing of the masked experts, so those can never be chosen: in rounds of scoring
// and masking, what one round dropped stays dropped.
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import type { ExpertRef } from './layer-rules.ts';

/** Per MoE layer the experts that took part in the scoring; null: all of them. */
export type ScoredUnder = readonly (readonly number[])[] | null;

/** The experts that took part in none of the scorings, as drops. Without any scoring there are none. */
export function neverScored(scorings: readonly ScoredUnder[], nExpert: number): ExpertRef[] {
  const masks = scorings.filter((kept) => kept !== null);
  const [first] = masks;
  if (!first || masks.length < scorings.length) return [];
  return first.flatMap((_, layer) => {
    const scored = new Set(masks.flatMap((kept) => kept[layer] ?? []));
    const experts = Array.from({ length: nExpert }, (__, expert) => expert);
    return experts.filter((expert) => !scored.has(expert)).map((expert) => ({ layer, expert }));
  });
}

/**
 * @param masked as `neverScored` gives them
 * @throws WinnowError SELECTION_IMPOSSIBLE: a masked expert is pinned, or more are to be kept than took part
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
