// Long lists of small work, without holding up whoever else waits for the engine.
import { setImmediate as others } from 'node:timers/promises';
import type { Store } from './database.ts';

/** How long the engine may be busy before it looks after others. */
const SLICE_MS = 15;

/**
 * Does `work` for each item, and lets others go in between. An exception ends it; what was done stays.
 * @param signal its reason is thrown at the next pause
 */
export async function inSlices<T>(items: readonly T[], work: (item: T) => void, signal?: AbortSignal): Promise<void> {
  await slice(items, work, (part) => part(), signal);
}

/** As `inSlices`, each slice in a transaction of its own. */
export async function inTransactions<T>(
  store: Store,
  items: readonly T[],
  work: (item: T) => void,
  signal?: AbortSignal,
): Promise<void> {
  await slice(items, work, (part) => store.transaction(part), signal);
}

async function slice<T>(
  items: readonly T[],
  work: (item: T) => void,
  around: (part: () => void) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let done = 0;
  while (done < items.length) {
    signal?.throwIfAborted();
    const end = performance.now() + SLICE_MS;
    around(() => {
      do work(items[done++]!);
      while (done < items.length && performance.now() < end);
    });
    await others();
  }
}
