// How many sequences run side by side within a memory budget.
import { parseBytes } from '../../base/files/parse-bytes.ts';

/** llama.cpp's LLAMA_MAX_SEQ: a context takes no more. */
export const MAX_SEQUENCES = 256;

/**
 * Bytes of a size such as "20GiB", or of a multiple of the full model's weights such as "1.1x".
 * @throws WinnowError USAGE when the text is neither
 */
export function parseBudget(text: string, fullBytes: number): number {
  const multiple = /^(\d+(?:\.\d+)?|\.\d+)\s*[x×]$/i.exec(text.trim());
  if (multiple) return Math.floor(Number(multiple[1]) * fullBytes);
  return parseBytes(text);
}

export type SequenceMemory = {
  readonly weightBytes: number;
  /** Compute buffers for `ubatchTokens` tokens at once. */
  readonly computeBytes: number;
  readonly ubatchTokens: number;
  /** What every sequence adds: its KV cache and its row of logits. */
  readonly bytesPerSequence: number;
};

/** Memory of the model with `count` sequences, at least one. */
export function memoryOf(memory: SequenceMemory, count: number): number {
  const { weightBytes, computeBytes, ubatchTokens, bytesPerSequence } = memory;
  // llama.cpp's graph_reserve makes buffers for a multiple of the sequences
  const reservedTokens = Math.ceil(ubatchTokens / count) * count;
  return weightBytes + Math.ceil((computeBytes * reservedTokens) / ubatchTokens) + count * bytesPerSequence;
}

/** The most sequences, up to MAX_SEQUENCES, whose memory fits the budget; 0: not even one. */
export function sequencesWithin(budgetBytes: number, memory: SequenceMemory): number {
  for (let count = MAX_SEQUENCES; count > 0; count--) {
    if (memoryOf(memory, count) <= budgetBytes) return count;
  }
  return 0;
}
