// Active experts: how many of a layer's experts a token passes. One number of the header, which a file or a loaded model may
// have lower than it was made with.
import { WinnowError } from '../../contract/errors.ts';
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
    throw refusal(
      info,
      { active, keep },
      `the model passes each token through ${info.nExpertUsed} experts, so ${active} would not be fewer. Give less than ${info.nExpertUsed}, or leave it out.`,
    );
  }
  if (active > keep) {
    throw refusal(
      info,
      { active, keep },
      `a token cannot pass ${active} experts where ${keep} are kept in each layer. Give at most ${keep}.`,
    );
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
    throw refusal(
      info,
      { active, keep },
      `${key} holds a count for each layer, which cannot be lowered as one. Leave the active experts as they are.`,
    );
  }
  if (kv[`${info.arch}.expert_feed_forward_length`]) return;
  const width = tensors.find(({ name }) => /\.ffn_(up|gate)_exps\.weight$/.test(name))?.ne[1];
  const whole = keyInteger(kv, `${info.arch}.feed_forward_length`);
  if (width !== undefined && whole !== width) {
    throw refusal(
      info,
      { active, keep },
      `its header does not say how wide an expert is, so llama.cpp takes the width from ${key}, which must stay. Convert the model again with a newer llama.cpp.`,
    );
  }
}

function refusal(
  { path, nExpertUsed }: Facts,
  counts: { readonly active: number; readonly keep: number },
  reason: string,
): WinnowError {
  return new WinnowError('SELECTION_IMPOSSIBLE', `${path}: ${reason}`, { ...counts, used: nExpertUsed });
}
