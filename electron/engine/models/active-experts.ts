// Active experts: how many of a layer's experts a token passes through. It is one number of the header; a file or a loaded model
// may have a lower one than the model was made with.
import { WinnowError } from '../../contract/errors.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import { keyInteger } from './gguf-keys.ts';
import type { ReadModel } from './inspect.ts';

/** The header's key of this number. */
export function activeExpertsKey(arch: string): string {
  return `${arch}.expert_used_count`;
}

type Facts = { readonly path: string; readonly nExpert: number; readonly nExpertUsed: number };

/**
 * Checks only the counts, so the model need not be at hand.
 * @param active experts that a token should pass through
 * @param keep experts of each layer
 * @throws WinnowError SELECTION_IMPOSSIBLE: the number is not lower, or higher than the number of kept experts
 */
export function requireFewerActive(active: number, info: Facts, keep: number = info.nExpert): void {
  if (active >= info.nExpertUsed) {
    throw refusal(info, { active, keep }, msg('activeNotFewer', { used: info.nExpertUsed, active }));
  }
  if (active > keep) {
    throw refusal(info, { active, keep }, msg('activeBeyondKept', { active, keep }));
  }
}

/**
 * @param active experts that a token should pass through
 * @param keep experts of each layer
 * @throws WinnowError SELECTION_IMPOSSIBLE: the number is not lower, or higher than the number of kept experts, or this model
 * cannot have another one
 */
export function requireActiveExperts(
  active: number,
  { info, kv, tensors }: ReadModel,
  keep: number = info.nExpert,
): void {
  requireFewerActive(active, info, keep);
  const key = activeExpertsKey(info.arch);
  if (keyInteger(kv, key) === null) {
    throw refusal(info, { active, keep }, msg('activePerLayer', { key }));
  }
  if (kv[`${info.arch}.expert_feed_forward_length`]) return;
  const width = tensors.find(({ name }) => /\.ffn_(up|gate)_exps\.weight$/.test(name))?.ne[1];
  const whole = keyInteger(kv, `${info.arch}.feed_forward_length`);
  if (width !== undefined && whole !== width) {
    throw refusal(info, { active, keep }, msg('activeNeedsWidth', { key }));
  }
}

function refusal(
  { path, nExpertUsed }: Facts,
  counts: { readonly active: number; readonly keep: number },
  reason: Sentence,
): WinnowError {
  return new WinnowError('SELECTION_IMPOSSIBLE', msg('activeRefused', { path, reason }), {
    ...counts,
    used: nExpertUsed,
  });
}
