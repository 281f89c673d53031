// A chat with one model. Each chat has a worker process of its own, so that several can be open at once.
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { loadFailure } from '../../base/backend/load-files.ts';
import type { WorkerClient } from '../../base/backend/worker-client.ts';
import { forkWorker, type WorkerHost } from '../../base/backend/worker-host.ts';
import { named, startChatProcess, type ChatPlacement, type OpenHooks } from './chat-process.ts';
import type { Event, methods, Params, Result } from './protocol.ts';

/** A template is tried on a few short chats, which takes a fraction of a second; a machine that swaps takes longer. */
const TEMPLATE_MS = 30_000;

type ChatOptions = ChatPlacement & {
  /** In tokens; limited to the model's training context. */
  readonly contextSize: number;
};

type ChatInfo = Result<'startChat'>;
export type TurnOptions = Omit<Params<'send'>, 'text'> & {
  readonly signal?: AbortSignal | undefined;
  /** `thought`: what a reasoning model writes before its answer. */
  readonly onText?: ((text: string, part: Event<'send'>['part']) => void) | undefined;
};
type Turn = Result<'send'>;

const CANCELLED_BEFORE_IT_BEGAN: Turn = {
  tokens: 0,
  tokensPerSecond: 0,
  promptTokens: 0,
  promptTokensPerSecond: 0,
  seconds: 0,
  stop: 'cancelled',
};

/** A conversation with a loaded model, whatever runs it. */
export type OpenChat = Pick<Chat, keyof Chat>;

export class Chat {
  readonly info: ChatInfo;
  readonly #path: string;
  readonly #process: WorkerClient<typeof methods>;

  /**
   * Loads a model, split or whole.
   * @param templateMs when to give up trying a template
   * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, NOT_GGUF, SPLIT_INCOMPLETE, GGUF_CORRUPT, OUT_OF_MEMORY,
   * GPU_UNAVAILABLE, NATIVE_BUILD, BACKEND_CRASHED, CANCELLED
   */
  static async open(
    path: string,
    options: ChatOptions,
    hooks: OpenHooks = {},
    host: WorkerHost = forkWorker,
    templateMs = TEMPLATE_MS,
  ): Promise<Chat> {
    const { contextSize } = options;
    const { process } = await startChatProcess(path, options, contextSize, host, hooks);
    let patience: NodeJS.Timeout | undefined;
    const trial = { isEndless: false };
    const onEvent = (): void => {
      patience = setTimeout(() => {
        trial.isEndless = true;
        void process.close();
      }, templateMs);
    };
    try {
      const info = await process.call('startChat', { contextSize }, { signal: hooks.signal, onEvent });
      if (hooks.signal?.aborted === true) throw new WinnowError('CANCELLED', say('cancelledLoading'));
      return new Chat(path, process, info);
    } catch (error) {
      await process.close();
      if (!trial.isEndless || hooks.signal?.aborted === true) throw loadFailure(error, path);
      throw new WinnowError('GGUF_CORRUPT', say('chatTemplateEndless', { path, seconds: templateMs / 1000 }), {
        path,
      });
    } finally {
      clearTimeout(patience);
    }
  }

  private constructor(path: string, process: WorkerClient<typeof methods>, info: ChatInfo) {
    this.#path = path;
    this.#process = process;
    this.info = info;
  }

  /**
   * Sends a message and waits for the whole answer. Cancelling is not an error: the turn ends with stop `cancelled`, and
   * what was written stays in the conversation.
   * @throws WinnowError BACKEND_CRASHED (the chat is over then: open it again), USAGE for a text longer than the context
   */
  async send(text: string, options: TurnOptions): Promise<Turn> {
    const { signal, onText, ...sampling } = options;
    const onEvent = (event: Event<'send'>): void => onText?.(event.text, event.part);
    try {
      return await this.#named(this.#process.call('send', { text, ...sampling }, { signal, onEvent }));
    } catch (error) {
      if (error instanceof WinnowError && error.code === 'CANCELLED') return CANCELLED_BEFORE_IT_BEGAN;
      throw error;
    }
  }

  /** Forgets the conversation. @throws WinnowError BACKEND_CRASHED */
  async reset(): Promise<void> {
    await this.#named(this.#process.call('reset', {}));
  }

  /**
   * Bytes of RAM that the worker holds now, including the part of a mapped model file that was read, but not GPU memory.
   * It also answers during a turn.
   * @throws WinnowError BACKEND_CRASHED
   */
  residentBytes(): Promise<number> {
    return this.#named(this.#process.call('memory', {}));
  }

  /** Ends the worker. @returns when its memory is free again */
  close(): Promise<void> {
    return this.#process.close();
  }

  #named<T>(call: Promise<T>): Promise<T> {
    return named(this.#path, call, say('openChatAgain'));
  }
}
