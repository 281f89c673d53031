// Work that one process alone may do at a time, such as in a folder that several would write to.
import { z } from 'zod';
import type { Store } from './database.ts';
import { currentOwner, isOwnerAlive, type Owner } from './owner.ts';

const ownerRow = z.object({ pid: z.int(), start: z.string() });

/** Its own until it is disposed of, or its process ends. */
type Claim = Disposable;

/**
 * Takes work for this process.
 * @param name of the work; two of one name are the same
 * @returns who has it, where it is taken
 */
export function claimWork(store: Store, name: string): Claim | Owner {
  const holder = store.transaction(() => {
    const owner = store.get(ownerRow, 'SELECT owner_pid AS pid, owner_start AS start FROM claims WHERE name = ?', name);
    if (owner && isOwnerAlive(owner)) return owner;
    store.run('INSERT OR REPLACE INTO claims (name, owner_pid, owner_start) VALUES (@name, @pid, @start)', {
      name,
      ...currentOwner(),
    });
    return null;
  });
  return (
    holder ?? {
      [Symbol.dispose]: () => void store.run('DELETE FROM claims WHERE name = ?', name),
    }
  );
}
