// Rules for parts of a model as patterns of tensors' names, which llama.cpp tries in order.
import { WinnowError } from '../../../contract/errors.ts';
import { isUnquantised, type QuantiseOptions, type TensorType } from '../../../contract/quantise.ts';
import { say } from '../../../contract/sentences.ts';

type TensorRules = {
  readonly rules: readonly { readonly pattern: string; readonly type: TensorType }[];
  readonly outputType: TensorType | null;
  readonly embeddingType: TensorType | null;
};

/** All projections of attention, of every kind: attn_q, attn_kv_b, attn_output, … */
const ATTENTION = String.raw`\.attn_`;
/** Shared experts are called ffn_*_shexp. */
const SHARED_EXPERTS = String.raw`\.ffn_\w+_shexp\.`;

/**
 * @param blockCount of the model
 * @throws WinnowError USAGE: a pattern that is none, or rules that llama.cpp would not look at
 */
export function tensorRules({ type, rules }: QuantiseOptions, blockCount: number): TensorRules {
  const { tensors = [], firstLayers, lastLayers, attention, sharedExperts, embeddings, output } = rules;
  for (const { pattern } of tensors) requirePattern(pattern);
  const list: { pattern: string; type: TensorType }[] = [...tensors];
  if (firstLayers) list.push({ pattern: blocks(0, firstLayers.count), type: firstLayers.type });
  if (lastLayers) list.push({ pattern: blocks(blockCount - lastLayers.count, blockCount), type: lastLayers.type });
  if (attention !== undefined) list.push({ pattern: ATTENTION, type: attention });
  if (sharedExperts !== undefined) list.push({ pattern: SHARED_EXPERTS, type: sharedExperts });
  // llama.cpp looks at no patterns then
  if (list.length > 0 && isUnquantised(type)) {
    throw new WinnowError('USAGE', say('oneTypeForAll', { type }));
  }
  return { rules: list, outputType: output ?? null, embeddingType: embeddings ?? null };
}

function requirePattern(pattern: string): void {
  try {
    new RegExp(pattern);
  } catch (error) {
    throw new WinnowError(
      'USAGE',
      say('patternInvalid', { pattern, reason: (error as Error).message }),
      { pattern },
      error,
    );
  }
}

/** The tensors of blocks from `first` up to, not with, `end`. */
function blocks(first: number, end: number): string {
  const from = Math.max(0, first);
  const numbers = Array.from({ length: Math.max(0, end - from) }, (_, i) => String(from + i));
  return String.raw`^blk\.(${numbers.join('|')})\.`;
}
