// A channel within one process.
import type { Channel } from '../../../electron/contract/channel.ts';

/** Two ends of a wire: what one posts, the other hears, copied and later. */
export function wire(): { readonly page: Channel; readonly engine: Channel } {
  const listeners = { page: new Set<(m: unknown) => void>(), engine: new Set<(m: unknown) => void>() };
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
