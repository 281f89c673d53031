// Calls in both directions over one ordered pipe of structured-cloneable messages.

type Calls<T> = { [K in keyof T]: (params: never) => unknown };
type Params<F> = F extends (params: infer P) => unknown ? P : never;
type Result<F> = F extends (params: never) => infer R ? Awaited<R> : never;
type Handlers<T extends Calls<T>> = {
  [K in keyof T]: (params: Params<T[K]>) => Result<T[K]> | Promise<Result<T[K]>>;
};

type Pipe = { send(message: Message): void; onMessage(listener: (message: unknown) => void): void };

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly text: string };

export class Peer<Mine extends Calls<Mine>, Theirs extends Calls<Theirs>> {
  readonly #pipe: Pipe;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #closed: string | null = null;

  constructor(pipe: Pipe) {
    this.#pipe = pipe;
  }

  /** Begins to answer the other side, and to hear its answers. */
  serve(handlers: Handlers<Mine>): void {
    const answer = async ({ id, name, params }: Extract<Message, { kind: 'call' }>): Promise<void> => {
      try {
        const handler = handlers[name as keyof Mine] as (params: unknown) => unknown;
        this.#send({ kind: 'result', id, value: await handler(params) });
      } catch (error) {
        this.#send({ kind: 'error', id, text: error instanceof Error ? error.message : String(error) });
      }
    };
    this.#pipe.onMessage((received) => {
      const message = received as Message;
      if (message.kind === 'call') return void answer(message);
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.kind === 'result') pending?.resolve(message.value);
      else pending?.reject(new Error(message.text));
    });
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

  /** A call whose answer nobody waits for. Lost when the other side has gone. */
  post<K extends keyof Theirs & string>(name: K, params: Params<Theirs[K]>): void {
    this.call(name, params).catch((error: unknown) => {
      if (this.#closed === null) throw error;
    });
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
}
