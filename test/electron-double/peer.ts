// Calls in both directions over one ordered pipe of structured-cloneable messages.

type Calls<T> = { [K in keyof T]: (params: never) => unknown };
type Params<F> = F extends (params: infer P) => unknown ? P : never;
type Result<F> = F extends (params: never) => infer R ? Awaited<R> : never;

/** The part of a set of calls that one module answers. */
export type Handlers<T extends Calls<T>> = {
  [K in keyof T]?: (params: Params<T[K]>) => Result<T[K]> | Promise<Result<T[K]>>;
};

export type Pipe = { send(message: unknown): void; onMessage(listener: (message: unknown) => void): void };

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly kind: 'post'; readonly name: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly text: string };

type Pending = { resolve(value: unknown): void; reject(error: Error): void };
type Handler = (params: unknown) => unknown;

export class Peer<Mine extends Calls<Mine>, Theirs extends Calls<Theirs>> {
  readonly #pipe: Pipe;
  readonly #handlers = new Map<string, Handler>();
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #closed: string | null = null;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
    pipe.onMessage((message) => void this.#receive(message as Message));
  }

  /** Adds handlers; each call has one. */
  serve(handlers: Handlers<Mine>): void {
    for (const [name, handler] of Object.entries(handlers)) this.#handlers.set(name, handler as Handler);
  }

  /** @throws Error with the other side's message, or when the other side has gone */
  call<K extends keyof Theirs & string>(name: K, params: Params<Theirs[K]>): Promise<Result<Theirs[K]>> {
    if (this.#closed !== null) return Promise.reject(new Error(this.#closed));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve, reject });
      this.#pipe.send({ kind: 'call', id, name, params } satisfies Message);
    });
  }

  /** A call without an answer. Lost when the other side has gone. */
  post<K extends keyof Theirs & string>(name: K, params: Params<Theirs[K]>): void {
    if (this.#closed === null) this.#pipe.send({ kind: 'post', name, params } satisfies Message);
  }

  /** Ends all pending and later calls with this reason. */
  close(reason: string): void {
    this.#closed ??= reason;
    for (const pending of this.#pending.values()) pending.reject(new Error(reason));
    this.#pending.clear();
  }

  async #receive(message: Message): Promise<void> {
    if (message.kind === 'result') {
      this.#take(message.id)?.resolve(message.value);
    } else if (message.kind === 'error') {
      this.#take(message.id)?.reject(new Error(message.text));
    } else if (message.kind === 'post') {
      await this.#handler(message.name)(message.params);
    } else {
      await this.#answer(message.id, message.name, message.params);
    }
  }

  async #answer(id: number, name: string, params: unknown): Promise<void> {
    let reply: Message;
    try {
      reply = { kind: 'result', id, value: await this.#handler(name)(params) };
    } catch (error) {
      reply = { kind: 'error', id, text: error instanceof Error ? error.message : String(error) };
    }
    if (this.#closed === null) this.#pipe.send(reply);
  }

  #handler(name: string): Handler {
    const handler = this.#handlers.get(name);
    if (!handler) throw new Error(`the double of Electron has no handler for ${name}`);
    return handler;
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }
}
