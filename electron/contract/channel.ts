// One hop between client and engine, over any carrier: a message port, a child process, a socket, or none.

/** Delivers structured-cloneable messages in order, or not at all. */
export type Channel = {
  post(message: unknown): void;
  /** @returns a function that ends the subscription */
  onMessage(listener: (message: unknown) => void): () => void;
};

/**
 * Returns the two ends of a channel within one process: what one end posts, the other receives as a copy and later, as
 * between processes.
 */
export function channelPair(): { readonly page: Channel; readonly engine: Channel } {
  const listeners = { page: new Set<(message: unknown) => void>(), engine: new Set<(message: unknown) => void>() };
  const end = (own: 'page' | 'engine', other: 'page' | 'engine'): Channel => ({
    post: (message) => {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => listeners[other].forEach((listener) => listener(copy)));
    },
    onMessage: (listener) => {
      listeners[own].add(listener);
      return () => void listeners[own].delete(listener);
    },
  });
  return { page: end('page', 'engine'), engine: end('engine', 'page') };
}
