// Works through long lists of small items without holding up others who wait for the engine.
import { setImmediate as others } from 'node:timers/promises';
import type { Store } from './database.ts';

/** How long the engine may be busy before it lets others run. */
const SLICE_MS = 15;

/**
 * Does `work` for each item, and lets others run in between. An exception ends it; what was done stays.
 * @param work a promise that it returns is awaited
 * @param signal its reason is thrown at the next pause
 */
export async function inSlices<T>(
  items: readonly T[],
  work: (item: T) => unknown,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  let end = performance.now() + SLICE_MS;
  for (const item of items) {
    const done = work(item);
    if (done instanceof Promise) await done;
    if (performance.now() < end) continue;
    await others();
    signal?.throwIfAborted();
    end = performance.now() + SLICE_MS;
  }
}

/** As `inSlices`, with a transaction for each slice. */
export async function inTransactions<T>(
  store: Store,
  items: readonly T[],
  work: (item: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  let done = 0;
  while (done < items.length) {
    signal?.throwIfAborted();
    const end = performance.now() + SLICE_MS;
    store.transaction(() => {
      do work(items[done++]!);
      while (done < items.length && performance.now() < end);
    });
    await others();
  }
}
