// Turns rules for parts of a model into patterns of tensor names, which llama.cpp tries in order.
import { WinnowError } from '../../../contract/errors.ts';
import { isUnquantised, type QuantiseOptions, type TensorType } from '../../../contract/quantise.ts';
import { say } from '../../../contract/sentences.ts';

type TensorRules = {
  readonly rules: readonly { readonly pattern: string; readonly type: TensorType }[];
  readonly outputType: TensorType | null;
  readonly embeddingType: TensorType | null;
};

/** Pattern of all attention projections: attn_q, attn_kv_b, attn_output, … */
const ATTENTION = String.raw`\.attn_`;
/** Pattern of shared experts: ffn_*_shexp. */
const SHARED_EXPERTS = String.raw`\.ffn_\w+_shexp\.`;

/**
 * The patterns for a set of rules.
 * @param blockCount number of blocks in the model
 * @throws WinnowError USAGE: an invalid pattern, or rules that llama.cpp would ignore
 */
export function tensorRules({ type, rules }: QuantiseOptions, blockCount: number): TensorRules {
  const { tensors = [], firstLayers, lastLayers, attention, sharedExperts, embeddings, output } = rules;
  for (const { pattern } of tensors) requirePattern(pattern);
  const list: { pattern: string; type: TensorType }[] = [...tensors];
  if (firstLayers) list.push({ pattern: blocks(0, firstLayers.count), type: firstLayers.type });
  if (lastLayers) list.push({ pattern: blocks(blockCount - lastLayers.count, blockCount), type: lastLayers.type });
  if (attention !== undefined) list.push({ pattern: ATTENTION, type: attention });
  if (sharedExperts !== undefined) list.push({ pattern: SHARED_EXPERTS, type: sharedExperts });
  // llama.cpp ignores patterns for these types
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

/** Pattern of the tensors in the blocks from `first` up to, but not including, `end`. */
function blocks(first: number, end: number): string {
  const from = Math.max(0, first);
  const numbers = Array.from({ length: Math.max(0, end - from) }, (_, i) => String(from + i));
  return String.raw`^blk\.(${numbers.join('|')})\.`;
}
