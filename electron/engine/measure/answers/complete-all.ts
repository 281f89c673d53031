// Completes many prompts beside each other, and hands on each completion when it is whole. One that only repeats itself is ended.
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { Event } from '../../base/backend/protocol.ts';
import { loopBytes } from '../../base/content/loop.ts';
import { completePrompts } from '../generation/complete.ts';

/** The shortest limit of a completion to which a lack of memory may reduce it. */
const LEAST_ROOM = 1024;
/** Tokens between two looks for a loop, and the characters at the end of a text that are looked at. */
const LOOK_EVERY = 256;
const LOOKED_AT = 32_768;
/** Bytes of repetition that end a loop: some hundreds of tokens, by which a list or a refrain has long moved on. */
const HOPELESS_BYTES = 1024;

type Prompt = { readonly tokens: Int32Array; readonly seed: number };

/** A whole completion. `loop`: it had only repeated itself for long. */
export type Written = { readonly text: string; readonly tokens: number; readonly stop: 'eos' | 'length' | 'loop' };

type Options = {
  readonly maxTokens: number;
  readonly temperature: number;
  readonly threads: number;
  /** Context length of the model; 0: not known. */
  readonly contextLength: number;
  readonly signal?: AbortSignal | undefined;
  /** Receives the number of tokens so far, over all prompts. */
  readonly onTokens: (tokens: number) => void;
};

/**
 * Completes the prompts.
 * @param backend holds the model
 * @param prompts none is empty
 * @param passOn receives each completion with its prompt's index, one after the other
 * @throws WinnowError as `completePrompts`; what `passOn` throws
 */
export async function completeAll(
  backend: Backend,
  prompts: readonly Prompt[],
  { maxTokens, signal, onTokens, ...options }: Options,
  passOn: (index: number, written: Written) => Promise<void>,
): Promise<void> {
  const drafts = prompts.map((prompt) => new Draft(prompt, maxTokens, options.contextLength));
  const failed = new AbortController();
  let passing = Promise.resolve();
  const follow = (open: readonly number[], looped: AbortController) => (parts: Event<'generate'>) => {
    for (const part of parts) {
      const index = open[part.prompt]!;
      const draft = drafts[index]!;
      if (draft.written !== null) continue;
      const written = draft.add(part);
      if (written === null) continue;
      if (written.stop === 'loop') looped.abort();
      passing = passing.then(() => passOn(index, written)).then(() => onTokens(countTokens(drafts)));
      passing.catch(() => failed.abort());
    }
    onTokens(countTokens(drafts));
  };
  let most = maxTokens;
  try {
    for (;;) {
      const open = drafts.flatMap(({ written }, index) => (written === null ? [index] : []));
      if (open.length === 0) break;
      const left = open.map((index) => drafts[index]!);
      const looped = new AbortController();
      try {
        await completePrompts(
          backend,
          left.map(({ tokens }) => tokens),
          {
            ...options,
            seeds: left.map(({ seed }) => seed),
            maxTokens: Math.min(most, Math.max(...left.map(({ tokensLeft }) => tokensLeft))),
            signal: AbortSignal.any([failed.signal, looped.signal, ...(signal ? [signal] : [])]),
            onEvent: follow(open, looped),
          },
        );
      } catch (error) {
        // the others go on from where they were
        if (looped.signal.aborted && !failed.signal.aborted && signal?.aborted !== true) continue;
        const isTooLong = error instanceof WinnowError && error.code === 'OUT_OF_MEMORY' && most > LEAST_ROOM;
        if (!isTooLong) throw error;
        most = Math.ceil(Math.min(most, maxTokens) / 2);
      }
    }
  } finally {
    await passing;
  }
  // the last one may have been written before the work could be stopped
  if (signal?.aborted === true) throw new WinnowError('CANCELLED', msg('cancelledKept'));
}

/** A completion that is being written. */
class Draft {
  readonly seed: number;
  /** null: it goes on. */
  written: Written | null = null;
  readonly #promptTokens: number;
  readonly #tokens: number[];
  readonly #maxTokens: number;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #text = '';
  #looked = 0;

  constructor({ tokens, seed }: Prompt, maxTokens: number, contextLength: number) {
    this.seed = seed;
    this.#tokens = Array.from(tokens);
    this.#promptTokens = tokens.length;
    this.#maxTokens = Math.min(maxTokens, (contextLength > 0 ? contextLength : Infinity) - tokens.length);
  }

  /** The prompt, and what is written so far. */
  get tokens(): Int32Array {
    return Int32Array.from(this.#tokens);
  }

  get count(): number {
    return this.#tokens.length - this.#promptTokens;
  }

  /** Tokens that may follow. */
  get tokensLeft(): number {
    return this.#maxTokens - this.count;
  }

  /** Adds what was written. @returns the completion, once it is whole */
  add({ tokens, bytes, stop }: Event<'generate'>[number]): Written | null {
    this.#tokens.push(...tokens);
    // a character that the end has cut in two is left out
    this.#text += this.#decoder.decode(bytes, { stream: true });
    if (stop === 'eog') this.#end('eos');
    else if (stop === 'length' || this.tokensLeft <= 0) this.#end('length');
    else if (this.#isLooping()) this.#end('loop');
    return this.written;
  }

  #end(stop: Written['stop']): void {
    this.written = { text: this.#text, tokens: this.count, stop };
  }

  #isLooping(): boolean {
    if (this.count < this.#looked + LOOK_EVERY) return false;
    this.#looked = this.count;
    return loopBytes(this.#text.slice(-LOOKED_AT)) >= HOPELESS_BYTES;
  }
}

function countTokens(drafts: readonly Draft[]): number {
  return drafts.reduce((sum, { count }) => sum + count, 0);
}
