// Calls in both directions over one ordered pipe of structured-cloneable messages.

type Calls<T> = { [K in keyof T]: (params: never) => unknown };
type Params<F> = F extends (params: infer P) => unknown ? P : never;
type Result<F> = F extends (params: never) => infer R ? Awaited<R> : never;

export type Pipe = { send(message: unknown): void; onMessage(listener: (message: unknown) => void): void };

type Message =
  /** Without an id nobody waits for the answer. */
  | { readonly kind: 'call'; readonly id?: number; readonly name: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly text: string };

type Handler = (params: unknown) => unknown;

export class Peer<Mine extends Calls<Mine>, Theirs extends Calls<Theirs>> {
  readonly #pipe: Pipe;
  readonly #handlers = new Map<string, Handler>();
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #closed: string | null = null;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
    pipe.onMessage((message) => void this.#receive(message as Message));
  }

  /** Adds handlers; each call has one. */
  serve(handlers: {
    [K in keyof Mine]?: (params: Params<Mine[K]>) => Result<Mine[K]> | Promise<Result<Mine[K]>>;
  }): void {
    for (const [name, handler] of Object.entries(handlers)) this.#handlers.set(name, handler as Handler);
  }

  /** @throws Error with the other side's message, or when the other side has gone */
  call<K extends keyof Theirs & string>(name: K, params: Params<Theirs[K]>): Promise<Result<Theirs[K]>> {
    if (this.#closed !== null) return Promise.reject(new Error(this.#closed));
    const id = ++this.#lastId;
    const pending = Promise.withResolvers<unknown>();
    this.#pending.set(id, pending);
    this.#send({ kind: 'call', id, name, params });
    return pending.promise as Promise<Result<Theirs[K]>>;
  }

  /** A call without an answer. Lost when the other side has gone. */
  post<K extends keyof Theirs & string>(name: K, params: Params<Theirs[K]>): void {
    this.#send({ kind: 'call', name, params });
  }

  /** Ends all pending and later calls with this reason. */
  close(reason: string): void {
    this.#closed ??= reason;
    for (const pending of this.#pending.values()) pending.reject(new Error(reason));
    this.#pending.clear();
  }

  #send(message: Message): void {
    if (this.#closed === null) this.#pipe.send(message);
  }

  async #receive(message: Message): Promise<void> {
    if (message.kind === 'call') return this.#answer(message);
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === 'result') pending?.resolve(message.value);
    else pending?.reject(new Error(message.text));
  }

  async #answer({ id, name, params }: Extract<Message, { kind: 'call' }>): Promise<void> {
    const handler = this.#handlers.get(name);
    try {
      if (!handler) throw new Error(`the double of Electron has no handler for ${name}`);
      const value = await handler(params);
      if (id !== undefined) this.#send({ kind: 'result', id, value });
    } catch (error) {
      if (id === undefined) throw error;
      this.#send({ kind: 'error', id, text: error instanceof Error ? error.message : String(error) });
    }
  }
}
