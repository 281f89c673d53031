// Turns rules for parts of a model into patterns of tensor names, which llama.cpp tries in order.
import { runInNewContext } from 'node:vm';
import { WinnowError } from '../../../contract/errors.ts';
import { isUnquantised, type QuantiseOptions, type TensorType } from '../../../contract/quantise.ts';
import { say } from '../../../contract/sentences.ts';

type TensorRules = {
  readonly rules: readonly { readonly pattern: string; readonly type: TensorType }[];
  readonly outputType: TensorType | null;
  readonly embeddingType: TensorType | null;
};

/** A pattern that takes longer on a model's names keeps llama.cpp, whose expressions are slower, for minutes or for ever. */
const PATTERN_MS = 500;

/** Pattern of all attention projections: attn_q, attn_kv_b, attn_output, … */
const ATTENTION = String.raw`\.attn_`;
/** Pattern of shared experts: ffn_*_shexp. */
const SHARED_EXPERTS = String.raw`\.ffn_\w+_shexp\.`;

/**
 * The patterns for a set of rules.
 * @param blockCount number of blocks in the model
 * @param names the model's tensors
 * @throws WinnowError USAGE: an invalid pattern, or rules that llama.cpp would ignore
 */
export function tensorRules(
  { type, rules }: QuantiseOptions,
  blockCount: number,
  names: readonly string[],
): TensorRules {
  const { tensors = [], firstLayers, lastLayers, attention, sharedExperts, embeddings, output } = rules;
  for (const { pattern } of tensors) requirePattern(pattern, names);
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

function requirePattern(pattern: string, names: readonly string[]): void {
  try {
    const find = { pattern: new RegExp(pattern), names };
    runInNewContext('names.forEach((name) => pattern.test(name))', find, { timeout: PATTERN_MS });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? say('patternEndless') : message;
    throw new WinnowError('USAGE', say('patternInvalid', { pattern, reason }), { pattern }, error);
  }
}

/** Pattern of the tensors in the blocks from `first` up to, but not including, `end`. */
function blocks(first: number, end: number): string {
  const from = Math.max(0, first);
  const numbers = Array.from({ length: Math.max(0, end - from) }, (_, i) => String(from + i));
  return String.raw`^blk\.(${numbers.join('|')})\.`;
}
