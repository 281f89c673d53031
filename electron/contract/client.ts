// The page's side of the conversation with the engine: typed calls, which can be cancelled, and events.
import {
  calls,
  events,
  type CallName,
  type CallParams,
  type CallResult,
  type EventName,
  type EventPayload,
} from './api.ts';
import type { Channel } from './channel.ts';
import { errorFromData, WinnowError, type ErrorData } from './errors.ts';
import { encodePageMessage, engineMessageSchema, type PageMessage } from './messages.ts';
import { msg } from './sentences.ts';

/** What the page must tell its user about the engine itself. */
export type EngineState = { readonly state: 'running' } | { readonly state: 'failed'; readonly error: ErrorData };

type Waiting = {
  readonly name: CallName;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: WinnowError) => void;
};

export class Client {
  readonly #channel: Channel;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Map<EventName, Set<(payload: never) => void>>();
  readonly #stateListeners = new Set<(state: EngineState) => void>();
  #state: EngineState = { state: 'running' };
  /** Starts at a random number: a late answer to the page before a reload must not be mistaken for an answer to this page. */
  #nextId = Math.floor(Math.random() * 2 ** 48);

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.onMessage((message) => this.#receive(message));
  }

  get state(): EngineState {
    return this.#state;
  }

  /**
   * Makes a call and returns its result.
   * @throws WinnowError with the engine's error; USAGE if the parameters are too large; CANCELLED after `signal`; the
   *   engine's last error once it has failed
   */
  async call<C extends CallName>(name: C, params: CallParams<C>, signal?: AbortSignal): Promise<CallResult<C>> {
    if (this.#state.state === 'failed') throw errorFromData(this.#state.error);
    if (signal?.aborted) throw new WinnowError('CANCELLED', msg('cancelledBefore'));
    const id = this.#nextId++;
    const cancel = (): void => this.#post({ kind: 'cancel', id });
    try {
      const value = await new Promise<unknown>((resolve, reject) => {
        this.#waiting.set(id, { name, resolve, reject });
        this.#post({ kind: 'call', id, name, params });
        signal?.addEventListener('abort', cancel, { once: true });
      });
      return calls[name].result.parse(value) as CallResult<C>;
    } finally {
      this.#waiting.delete(id);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Calls the listener at each such event. @returns a function that ends the subscription */
  on<E extends EventName>(name: E, listener: (payload: EventPayload<E>) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  /** Calls the listener at each change of the engine's state. @returns a function that ends the subscription */
  onState(listener: (state: EngineState) => void): () => void {
    this.#stateListeners.add(listener);
    return () => void this.#stateListeners.delete(listener);
  }

  /** Cancels all calls, because the page is about to go away. */
  leave(): void {
    for (const id of this.#waiting.keys()) this.#post({ kind: 'cancel', id });
  }

  #post(message: PageMessage): void {
    this.#channel.post(encodePageMessage(message));
  }

  #receive(raw: unknown): void {
    const message = engineMessageSchema.parse(raw);
    switch (message.kind) {
      case 'result':
        this.#waiting.get(message.id)?.resolve(message.value);
        break;
      case 'error':
        this.#waiting.get(message.id)?.reject(errorFromData(message.error));
        break;
      case 'event': {
        const payload: unknown = events[message.name].payload.parse(message.payload);
        for (const listener of this.#listeners.get(message.name) ?? []) listener(payload as never);
        break;
      }
      case 'fatal':
        this.#fail(message.error);
        this.#become({ state: 'failed', error: message.error });
        break;
      case 'restarted':
        this.#fail(new WinnowError('BACKEND_CRASHED', msg('engineRestarted')).toData());
        this.#become({ state: 'running' });
    }
  }

  #fail(error: ErrorData): void {
    for (const { reject } of this.#waiting.values()) reject(errorFromData(error));
    this.#waiting.clear();
  }

  #become(state: EngineState): void {
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state);
  }
}
