// Active experts: how many of a layer's experts a token passes. One number of the header, which a file or a loaded model may
// have lower than it was made with.
import { WinnowError } from '../../contract/errors.ts';
import { keyInteger } from './gguf-keys.ts';
import type { InspectedModel } from './inspect.ts';

/** The header's key of the count. */
export function activeExpertsKey(arch: string): string {
  return `${arch}.expert_used_count`;
}

/**
 * @param active experts that a token is to pass
 * @param keep experts of each layer
 * @throws WinnowError SELECTION_IMPOSSIBLE: it is not lower, or more than are kept, or this model cannot have another count
 */
export function requireActiveExperts(
  active: number,
  { info, headers, tensors }: InspectedModel,
  keep: number = info.nExpert,
): void {
  const refuse = (reason: string): never => {
    throw new WinnowError('SELECTION_IMPOSSIBLE', `${info.path}: ${reason}`, { active, keep, used: info.nExpertUsed });
  };
  if (active >= info.nExpertUsed) {
    refuse(
      `the model passes each token through ${info.nExpertUsed} experts, so ${active} would not be fewer. Give less than ${info.nExpertUsed}, or leave it out.`,
    );
  }
  if (active > keep) {
    refuse(`a token cannot pass ${active} experts where ${keep} are kept in each layer. Give at most ${keep}.`);
  }
  const kv = headers[0]?.kv ?? {};
  const key = activeExpertsKey(info.arch);
  if (keyInteger(kv, key) === null) {
    refuse(
      `${key} holds a count for each layer, which cannot be lowered as one. Leave the active experts as they are.`,
    );
  }
  if (kv[`${info.arch}.expert_feed_forward_length`]) return;
  const width = tensors.find(({ name }) => /\.ffn_(up|gate)_exps\.weight$/.test(name))?.ne[1];
  const whole = keyInteger(kv, `${info.arch}.feed_forward_length`);
  if (width !== undefined && whole !== width) {
    refuse(
      `its header does not say how wide an expert is, so llama.cpp takes the width from ${key}, which must stay. Convert the model again with a newer llama.cpp.`,
    );
  }
}
