// Repository of the identities of model files that were read whole; each holds while nothing is written to the files.
import { identitySchema, type ModelIdentity } from '../../contract/model-info.ts';
import { z } from 'zod';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';

/** The identities of files that were read whole, by their state in the file system (`filesState` of `models/identity.ts`). */
export type KnownFiles = {
  readonly find: (state: string) => ModelIdentity | null;
  readonly keep: (state: string, identity: ModelIdentity) => void;
  /** Whether this is for a plan. Plans read no new file whole: it may be so large that nobody would wait for it. */
  readonly isForPlans: boolean;
};

/** Several times the number of models that a machine has. */
const MAX_KNOWN = 4000;

const row = z.object({ identity: jsonColumn(identitySchema) });

/** The identity of these files; null: not known. @param state their state in the file system */
export function findKnownFiles(store: Store, state: string): ModelIdentity | null {
  return store.get(row, 'SELECT identity FROM known_files WHERE state = ?', state)?.identity ?? null;
}

/** Keeps an identity, and forgets the oldest ones when there are too many. */
export function keepKnownFiles(store: Store, state: string, identity: ModelIdentity): void {
  store.transaction(() => {
    store.run('INSERT OR REPLACE INTO known_files (state, identity) VALUES (?, ?)', state, JSON.stringify(identity));
    store.run('DELETE FROM known_files WHERE id <= (SELECT max(id) FROM known_files) - ?', MAX_KNOWN);
  });
}
