// Active experts: how many of a layer's experts a token passes. One number of the header, which a file or a loaded model may
// have lower than it was made with.
import { WinnowError } from '../../contract/errors.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { keyInteger } from './gguf-keys.ts';
import type { GgufHeader, ModelInfo, TensorInfo } from '../../contract/model-info.ts';

/** The header's key of the count. */
export function activeExpertsKey(arch: string): string {
  return `${arch}.expert_used_count`;
}

type Facts = Pick<ModelInfo, 'path' | 'arch' | 'nExpert' | 'nExpertUsed'>;

/** As far as it matters here. */
export type RoutedModel = {
  readonly info: Facts;
  readonly headers: readonly Pick<GgufHeader, 'kv'>[];
  /** The experts' at least. */
  readonly tensors: readonly Pick<TensorInfo, 'name' | 'ne'>[];
};

/**
 * As far as counts tell, also where the model is not at hand.
 * @param active experts that a token is to pass
 * @param keep experts of each layer
 * @throws WinnowError SELECTION_IMPOSSIBLE: it is not lower, or more than are kept
 */
export function requireFewerActive(active: number, info: Facts, keep: number = info.nExpert): void {
  if (active >= info.nExpertUsed) {
    throw refusal(info, { active, keep }, say('activeNotFewer', { used: info.nExpertUsed, active }));
  }
  if (active > keep) {
    throw refusal(info, { active, keep }, say('activeBeyondKept', { active, keep }));
  }
}

/**
 * @param active experts that a token is to pass
 * @param keep experts of each layer
 * @throws WinnowError SELECTION_IMPOSSIBLE: it is not lower, or more than are kept, or this model cannot have another count
 */
export function requireActiveExperts(
  active: number,
  { info, headers, tensors }: RoutedModel,
  keep: number = info.nExpert,
): void {
  requireFewerActive(active, info, keep);
  const kv = headers[0]?.kv ?? {};
  const key = activeExpertsKey(info.arch);
  if (keyInteger(kv, key) === null) {
    throw refusal(info, { active, keep }, say('activePerLayer', { key }));
  }
  if (kv[`${info.arch}.expert_feed_forward_length`]) return;
  const width = tensors.find(({ name }) => /\.ffn_(up|gate)_exps\.weight$/.test(name))?.ne[1];
  const whole = keyInteger(kv, `${info.arch}.feed_forward_length`);
  if (width !== undefined && whole !== width) {
    throw refusal(info, { active, keep }, say('activeNeedsWidth', { key }));
  }
}

function refusal(
  { path, nExpertUsed }: Facts,
  counts: { readonly active: number; readonly keep: number },
  reason: Sentence,
): WinnowError {
  return new WinnowError('SELECTION_IMPOSSIBLE', say('activeRefused', { path, reason }), {
    ...counts,
    used: nExpertUsed,
  });
}
