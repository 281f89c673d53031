// Long lists of small work, without holding up whoever else waits for the engine.
import { setImmediate as others } from 'node:timers/promises';
import type { Store } from './database.ts';

/** How long the engine may be busy before it looks after others. */
const SLICE_MS = 15;

/**
 * Does `work` for each item, and lets others go in between. An exception ends it; what was done stays.
 * @param work what it promises is waited for
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

/** As `inSlices`, each slice in a transaction of its own. */
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
