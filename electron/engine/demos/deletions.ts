// Deletes demos, texts and whole domains in a way that can be undone: what was deleted stays in memory.
import type { Store } from '../store/database.ts';
import { deleteDemo, listDemoIds, restoreDemo, type DeletedDemo } from '../store/demos.ts';
import { deleteDomain, getDomain, restoreDomain } from '../store/domains.ts';
import { deleteHeldOutText, deleteTextsOfDomain, restoreHeldOutText } from '../store/held-out-texts.ts';
import { inTransactions } from '../store/slices.ts';

/** What was deleted, and how to restore it. */
export type Deletion = {
  /** The affected domains. */
  readonly domainIds: readonly number[];
  /** @throws WinnowError USAGE when the domain is gone, or another one has its name */
  readonly restore: () => void | Promise<void>;
};

/** Deletes demos; those that are already gone count as deleted. */
export async function removeDemos(store: Store, ids: readonly number[]): Promise<Deletion> {
  const deleted: DeletedDemo[] = [];
  await inTransactions(store, ids, (id) => {
    const demo = deleteDemo(store, id);
    if (demo) deleted.push(demo);
  });
  const domainIds = [...new Set(deleted.map(({ domainId }) => domainId))];
  return {
    domainIds,
    restore: () => {
      for (const domainId of domainIds) getDomain(store, domainId);
      return inTransactions(store, deleted, (demo) => restoreDemo(store, demo));
    },
  };
}

/** Deletes a held-out text. Restoring it throws if its domain was deleted meanwhile. */
export function removeText(store: Store, id: number): Deletion {
  const deleted = deleteHeldOutText(store, id);
  return {
    domainIds: deleted ? [deleted.domainId] : [],
    restore: () => {
      if (!deleted) return;
      getDomain(store, deleted.domainId);
      restoreHeldOutText(store, deleted);
    },
  };
}

/**
 * Deletes a domain with its demos and texts.
 * @throws WinnowError USAGE when it is already gone
 */
export async function removeDomain(store: Store, id: number): Promise<Deletion> {
  const domain = getDomain(store, id);
  const demos = await removeDemos(store, listDemoIds(store, id));
  const texts = store.transaction(() => {
    const deleted = deleteTextsOfDomain(store, id);
    deleteDomain(store, id);
    return deleted;
  });
  return {
    domainIds: [id],
    restore: async () => {
      restoreDomain(store, domain);
      await demos.restore();
      await inTransactions(store, texts, (text) => restoreHeldOutText(store, text));
    },
  };
}
