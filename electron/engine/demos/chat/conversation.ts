// One conversation with a loaded model in the chat worker.
import {
  LlamaChatSession,
  resolveChatWrapper,
  type ChatHistoryItem,
  type ChatWrapper,
  type LlamaChatResponseChunk,
  type LlamaContext,
  type LlamaModel,
  type TokenMeter,
  type TokenMeterState,
} from 'node-llama-cpp';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Task } from '../../base/backend/answer-calls.ts';
import { createContext } from './llama-context.ts';
import type { Event, Params, Result } from './protocol.ts';

/** The largest share of the context for a text. The rest is for the marks of the chat format and an answer. */
const MAX_TEXT_SHARE = 0.9;

type Turn = Result<'send'>;
/** Stops the evaluation of a prompt: each turn sets its own signal. */
type Interrupt = { signal: AbortSignal | null };
type Format = { readonly wrapper: ChatWrapper; readonly template: Result<'startChat'>['template'] };

export class Conversation {
  readonly info: Result<'startChat'>;
  readonly #context: LlamaContext;
  readonly #wrapper: ChatWrapper;
  readonly #interrupt: Interrupt;
  #session: LlamaChatSession;

  /**
   * @param onContext called when the context exists: what remains is trying the chat template
   * @throws InsufficientMemoryError
   */
  static async start(model: LlamaModel, contextSize: number, onContext: () => void): Promise<Conversation> {
    const interrupt: Interrupt = { signal: null };
    const trained = model.trainContextSize;
    const size = trained > 0 ? Math.min(contextSize, trained) : contextSize;
    const context = await createContext(model, { contextSize: size, sequences: 1 }, interrupt);
    onContext();
    return new Conversation(context, interrupt);
  }

  private constructor(context: LlamaContext, interrupt: Interrupt) {
    const { model } = context;
    const { wrapper, template } = chatFormat(model);
    this.info = { contextSize: context.contextSize, template };
    this.#context = context;
    this.#wrapper = wrapper;
    this.#interrupt = interrupt;
    this.#session = this.#newSession([]);
  }

  /**
   * Runs one turn. If it is cancelled, its text so far stays part of the conversation; if that happens before its first token,
   * the turn leaves no trace.
   * @throws WinnowError USAGE for a text that does not fit into the context
   */
  async send(params: Params<'send'>, { signal, emit }: Task<Event<'send'>>): Promise<Turn> {
    const { text, ...sampling } = params;
    this.#requireRoom(text);
    const history = this.#session.getChatHistory();
    const watch = new TurnWatch(this.#session.sequence.tokenMeter);
    this.#interrupt.signal = signal;
    try {
      const { stopReason } = await this.#session.promptWithMeta(text, {
        ...sampling,
        signal,
        stopOnAbortSignal: true,
        // the user is testing the model: no penalty that hides its loops, no limit to its thoughts
        repeatPenalty: false,
        budgets: { thoughtTokens: Infinity, commentTokens: Infinity },
        onResponseChunk: (chunk) => {
          watch.saw(chunk);
          if (chunk.text !== '') emit({ text: chunk.text, part: chunk.type === 'segment' ? 'thought' : 'answer' });
        },
      });
      return watch.turn(stopReason === 'abort' ? 'cancelled' : stopReason === 'maxTokens' ? 'length' : 'eos');
    } catch (error) {
      const turn = watch.turn('cancelled');
      await this.#restart(history);
      if (!signal.aborted) throw error;
      return turn;
    } finally {
      this.#interrupt.signal = null;
    }
  }

  /** Refuses a text longer than the context: node-llama-cpp would silently send only a part of it. */
  #requireRoom(text: string): void {
    const { model, contextSize } = this.#context;
    const { length } = model.tokenize(text);
    if (length < contextSize * MAX_TEXT_SHARE) return;
    throw new WinnowError('USAGE', say('textTooLong', { length, contextSize }), { tokens: length, contextSize });
  }

  /** Forgets what was said. */
  async reset(): Promise<void> {
    this.#session.setChatHistory([]);
    await this.#session.sequence.clearHistory();
  }

  /** Continues with a new sequence: what a failed evaluation left in the old one does not match its tokens. */
  async #restart(history: ChatHistoryItem[]): Promise<void> {
    const { sequence } = this.#session;
    this.#session.dispose();
    await sequence.dispose();
    this.#session = this.#newSession(history);
  }

  #newSession(history: ChatHistoryItem[]): LlamaChatSession {
    const session = new LlamaChatSession({ contextSequence: this.#context.getSequence(), chatWrapper: this.#wrapper });
    // replaces node-llama-cpp's own system message
    session.setChatHistory(history);
    return session;
  }
}

/** The model's own template; for a model without a usable one, what node-llama-cpp guesses from its name. */
function chatFormat(model: LlamaModel): Format {
  const source = model.fileInfo.metadata.tokenizer.chat_template ?? '';
  if (source.trim() === '') return { wrapper: resolveChatWrapper(model), template: 'fallback' };
  try {
    return { wrapper: resolveChatWrapper(model, { fallbackToOtherWrappersOnJinjaError: false }), template: 'model' };
  } catch (error) {
    console.warn('The chat template cannot be used:', error);
    return { wrapper: resolveChatWrapper(model, { noJinja: true }), template: 'fallback' };
  }
}

/** Counts and times a turn. */
class TurnWatch {
  readonly #meter: TokenMeter;
  readonly #before: TokenMeterState;
  readonly #start = performance.now();
  /** When the first token of the answer was seen, and what had been evaluated by then. */
  #first: { readonly time: number; readonly used: TokenMeterState } | null = null;

  constructor(meter: TokenMeter) {
    this.#meter = meter;
    this.#before = meter.getState();
  }

  saw({ tokens }: LlamaChatResponseChunk): void {
    if (tokens.length > 0) this.#first ??= { time: performance.now(), used: this.#used() };
  }

  turn(stop: Turn['stop']): Turn {
    const end = performance.now();
    const { usedOutputTokens: tokens } = this.#used();
    const first = this.#first ?? { time: end, used: this.#used() };
    // node-llama-cpp counts the prompt's last token, which produces the first one of the answer, as output
    const promptTokens = first.used.usedInputTokens + Math.min(1, tokens);
    return {
      tokens,
      tokensPerSecond: perSecond(tokens - first.used.usedOutputTokens, end - first.time),
      promptTokens,
      promptTokensPerSecond: perSecond(promptTokens, first.time - this.#start),
      seconds: (end - this.#start) / 1000,
      stop,
    };
  }

  #used(): TokenMeterState {
    return this.#meter.diff(this.#before);
  }
}

function perSecond(count: number, milliseconds: number): number {
  return milliseconds > 0 ? (1000 * count) / milliseconds : 0;
}
