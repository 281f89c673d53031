// Deletes demos, texts and whole domains in a way that can be undone: what was deleted stays in memory.
import type { Store } from '../store/database.ts';
import { listDemoIds } from '../store/demos.ts';
import { deleteDomain, getDomain, restoreDomain } from '../store/domains.ts';
import { inTransactions } from '../store/slices.ts';
import { deleteRows, restoreRows, type StoredRow } from '../store/stored-rows.ts';

type Deletion = {
  readonly domainIds: readonly number[];
  /** @throws WinnowError USAGE when the domain is gone, or another one has its name */
  readonly restore: () => void | Promise<void>;
};

/** Deletes demos; those that are already gone count as deleted. */
export async function removeDemos(store: Store, ids: readonly number[]): Promise<Deletion> {
  const deleted: StoredRow[] = [];
  await inTransactions(store, ids, (id) => void deleted.push(...deleteRows(store, 'demos', 'id', [id])));
  const domainIds = rowDomains(deleted);
  return {
    domainIds,
    restore: () => {
      for (const domainId of domainIds) getDomain(store, domainId);
      return inTransactions(store, deleted, (demo) => restoreRows(store, 'demos', [demo]));
    },
  };
}

/** Deletes a held-out text. Restoring it throws if its domain was deleted meanwhile. */
export function removeText(store: Store, id: number): Deletion {
  const deleted = deleteRows(store, 'held_out_texts', 'id', [id]);
  const domainIds = rowDomains(deleted);
  return {
    domainIds,
    restore: () => {
      for (const domainId of domainIds) getDomain(store, domainId);
      restoreRows(store, 'held_out_texts', deleted);
    },
  };
}

function rowDomains(rows: readonly StoredRow[]): number[] {
  return [...new Set(rows.map((row) => Number(row['domain_id'])))];
}

/**
 * Deletes a domain with its demos and texts.
 * @throws WinnowError USAGE when it is already gone
 */
export async function removeDomain(store: Store, id: number): Promise<Deletion> {
  const domain = getDomain(store, id);
  const demos = await removeDemos(store, listDemoIds(store, id));
  const texts = store.transaction(() => {
    const deleted = deleteRows(store, 'held_out_texts', 'domain_id', [id]);
    deleteDomain(store, id);
    return deleted;
  });
  return {
    domainIds: [id],
    restore: async () => {
      restoreDomain(store, domain);
      await demos.restore();
      await inTransactions(store, texts, (text) => restoreRows(store, 'held_out_texts', [text]));
    },
  };
}
