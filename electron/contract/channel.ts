// One hop between two processes, whatever carries it: a message port, a child process, a socket.

/** Delivers structured-cloneable messages in order, or not at all. */
export type Channel = {
  post(message: unknown): void;
  /** @returns a function that ends the subscription */
  onMessage(listener: (message: unknown) => void): () => void;
};
