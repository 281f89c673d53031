// The context in which a model's sequences run, with a way to stop a long prompt.
import type { BatchItem, LlamaContext, LlamaModel, PrioritizedBatchItem } from 'node-llama-cpp';

export type ContextSize = { readonly contextSize: number; readonly sequences: number };

/** What stops the evaluation of prompts. Whoever uses the context sets it for the time of a call. */
export type Interrupt = { signal: AbortSignal | null };

/**
 * node-llama-cpp heeds a signal between the tokens that it generates, but not between the batches of a prompt, which can
 * take minutes. So batches are put together here, and none when the signal is aborted: the evaluation then fails with
 * the signal's reason, and its sequence is good for nothing more.
 *
 * @param contextSize tokens of each sequence
 * @throws InsufficientMemoryError
 */
export function createContext(model: LlamaModel, size: ContextSize, interrupt: Interrupt): Promise<LlamaContext> {
  return model.createContext({
    ...size,
    failedCreationRemedy: false,
    batching: {
      itemPrioritizationStrategy: ({ items, size: room }) => {
        // a sequence that generates has one token to evaluate, and stops by itself
        if (items.some(({ tokens }) => tokens.length > 1)) interrupt.signal?.throwIfAborted();
        return shortestFirst(items, room);
      },
    },
  });
}

/** Sequences that generate go on while the others' prompts fill the rest of the batch. */
export function shortestFirst(items: readonly BatchItem[], size: number): PrioritizedBatchItem[] {
  let room = size;
  return items
    .toSorted((a, b) => a.tokens.length - b.tokens.length)
    .flatMap((item) => {
      const processAmount = Math.min(room, item.tokens.length);
      room -= processAmount;
      return processAmount > 0 ? [{ item, processAmount }] : [];
    });
}
