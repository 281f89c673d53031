// The context in which a model's sequences run, with a way to stop a long prompt.
import type { BatchItem, LlamaContext, LlamaModel, PrioritizedBatchItem } from 'node-llama-cpp';

type ContextSize = { readonly contextSize: number; readonly sequences: number };

/**
 * node-llama-cpp checks a signal between the tokens that it generates, but not between the batches of a prompt, which can
 * take minutes. So this assembles the batches, and assembles none once the signal is aborted: the evaluation then fails with
 * the signal's reason, and its sequence can no longer be used.
 *
 * @param contextSize tokens of each sequence
 * @param interrupt stops the evaluation of prompts: the context's user sets its signal for the duration of a call
 * @throws InsufficientMemoryError
 */
export async function createContext(
  model: LlamaModel,
  size: ContextSize,
  interrupt: { readonly signal: AbortSignal | null },
): Promise<LlamaContext> {
  const context = await model.createContext({
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
  sampleInTurn(context);
  return context;
}

type Sampling = { readonly _ctx: { sampleToken: (...args: unknown[]) => Promise<unknown> } };

/**
 * node-llama-cpp samples the sequences of a batch in parallel threads, but the first access to a batch's logits reorders their
 * rows (`output_reorder` of llama.cpp), which is not thread-safe: now and then a sequence got another one's token. One after the
 * other, each gets its own. Sampling costs little compared with decoding.
 */
function sampleInTurn(context: LlamaContext): void {
  const { _ctx: native } = context as unknown as Sampling;
  const sample = native.sampleToken.bind(native);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn: typeof sample = (...args) => {
    const result = last.then(() => sample(...args));
    last = result.catch(() => undefined);
    return result;
  };
  Object.defineProperty(native, 'sampleToken', { value: inTurn });
}

/** Sequences that generate continue while the others' prompts fill the rest of the batch. */
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
