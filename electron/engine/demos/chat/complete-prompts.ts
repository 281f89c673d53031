// Continues rendered prompts with a loaded model in the chat worker: several at a time in one context, so that the
// weights are read once for all of them.
import {
  InsufficientMemoryError,
  type LlamaContext,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';
import type { Task } from '../../base/backend/answer-calls.ts';
import { loopBytes } from '../../base/content/loop.ts';
import { createContext } from './llama-context.ts';
import type { Event, Params } from './protocol.ts';

const MAX_SEQUENCES = 4;
/** The shortest room for an answer to which a lack of memory may reduce it. */
const LEAST_ROOM = 1024;
const TELL_TOKENS_MS = 200;
/** Tokens between two checks for a loop, and the number of tokens at the end of a text that are checked. */
const LOOK_EVERY = 256;
const LOOKED_AT = 8192;
/** Bytes of repetition that end a loop: some hundreds of tokens, by which a list or a refrain has long moved on. */
const HOPELESS_BYTES = 1024;
/** The most bytes of a character; a token may hold a single one. */
const BYTES_OF_CHARACTER = 4;

type Prompt = { readonly index: number; readonly tokens: Token[]; readonly seed: number };
type Emit = Task<Event<'complete'>>['emit'];
type Completion = Extract<Event<'complete'>, { type: 'completion' }>;

/** @throws InsufficientMemoryError when not even one prompt's context fits */
export async function completePrompts(
  model: LlamaModel,
  { prompts, maxTokens, temperature }: Params<'complete'>,
  { signal, emit }: Task<Event<'complete'>>,
): Promise<void> {
  const limit = model.trainContextSize > 0 ? model.trainContextSize : Infinity;
  const tokenised = prompts.map(({ index, seed, ...prompt }) => ({ index, seed, tokens: tokensOf(model, prompt) }));
  const fitting = tokenised.filter(({ tokens }) => tokens.length > 0 && tokens.length < limit);
  for (const { index, tokens } of tokenised) {
    if (tokens.length >= limit) emit({ type: 'tooLong', index, promptTokens: tokens.length, limit });
  }
  if (fitting.length === 0) return;

  const longest = Math.max(...fitting.map(({ tokens }) => tokens.length));
  const context = await contextFor(model, { limit, longest, maxTokens, prompts: fitting.length }, signal);
  const count = new TokenCount(emit);
  const queue = fitting.values();
  const work = async (): Promise<void> => {
    const sequence = context.getSequence();
    for (const prompt of queue) {
      const completion = await complete(sequence, prompt, { maxTokens, temperature, signal, count });
      count.tell();
      emit(completion);
      await sequence.clearHistory();
    }
  };
  try {
    await Promise.all(Array.from({ length: context.totalSequences }, work));
  } finally {
    await context.dispose();
  }
}

type ContextNeed = {
  /** Tokens that the model was trained for. */
  readonly limit: number;
  /** Tokens of the longest prompt. */
  readonly longest: number;
  readonly maxTokens: number;
  readonly prompts: number;
};

/** A context for as many sequences as there is work and memory for; if not even one fits, with room for shorter answers. */
async function contextFor(
  model: LlamaModel,
  { limit, longest, maxTokens, prompts }: ContextNeed,
  signal: AbortSignal,
): Promise<LlamaContext> {
  let sequences = Math.min(MAX_SEQUENCES, prompts);
  let room = maxTokens;
  for (;;) {
    try {
      return await createContext(model, { contextSize: Math.min(limit, longest + room), sequences }, { signal });
    } catch (error) {
      if (!(error instanceof InsufficientMemoryError) || (sequences === 1 && room <= LEAST_ROOM)) throw error;
      if (sequences === 1) room = Math.ceil(room / 2);
      else sequences = Math.ceil(sequences / 2);
    }
  }
}

/** The tokens that scoring will see: special tokens in the text are parsed, and BOS is added according to the model. */
function tokensOf(model: LlamaModel, { text, addSpecial }: { text: string; addSpecial: boolean }): Token[] {
  const { bos, shouldPrependBosToken } = model.tokens;
  const opening = addSpecial && shouldPrependBosToken && bos !== null ? [bos] : [];
  return [...opening, ...model.tokenize(text, true)];
}

type Generation = {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly signal: AbortSignal;
  readonly count: TokenCount;
};

async function complete(sequence: LlamaContextSequence, prompt: Prompt, options: Generation): Promise<Completion> {
  const { maxTokens, temperature, signal, count } = options;
  const { model, contextSize } = sequence;
  const room = Math.min(maxTokens, contextSize - prompt.tokens.length);
  const tokens: Token[] = [];
  let ending = '';
  let looped = false;
  const sampling = { temperature, seed: prompt.seed, yieldEogToken: true };
  for await (const token of sequence.evaluate(prompt.tokens, sampling)) {
    signal.throwIfAborted();
    if (model.isEogToken(token)) {
      ending = model.detokenize([token], true);
      break;
    }
    tokens.push(token);
    count.add();
    if (tokens.length >= room) break;
    if (tokens.length % LOOK_EVERY === 0 && isLooping(model, tokens)) {
      looped = true;
      break;
    }
  }
  const text = wholeText(model, tokens, prompt.tokens);
  return {
    type: 'completion',
    index: prompt.index,
    text,
    ending,
    looped,
    tokens: tokens.length,
    promptTokens: prompt.tokens.length,
  };
}

function isLooping(model: LlamaModel, tokens: readonly Token[]): boolean {
  return loopBytes(model.detokenize(tokens.slice(-LOOKED_AT), true)) >= HOPELESS_BYTES;
}

/** The text of the tokens, with special ones written out. A character that the length limit cut in two is left out. */
function wholeText(model: LlamaModel, tokens: readonly Token[], before: readonly Token[]): string {
  const whole = model.detokenize(tokens, true, before);
  for (let cut = 1, text = whole; text.endsWith('\uFFFD') && cut < BYTES_OF_CHARACTER; cut++) {
    text = model.detokenize(tokens.slice(0, -cut), true, before);
    if (!text.endsWith('\uFFFD')) return text;
  }
  return whole;
}

/** Reports the number of tokens from time to time. */
class TokenCount {
  readonly #emit: Emit;
  #tokens = 0;
  #sentMs = 0;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  add(): void {
    this.#tokens++;
    if (performance.now() - this.#sentMs > TELL_TOKENS_MS) this.tell();
  }

  tell(): void {
    this.#sentMs = performance.now();
    this.#emit({ type: 'tokens', tokens: this.#tokens });
  }
}
