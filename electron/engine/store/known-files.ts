// Repository of model files that were read whole: what they are, for as long as nothing is written to them.
import { identitySchema, type ModelIdentity } from '../../contract/model-info.ts';
import { z } from 'zod';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';

/** What was read whole before, by what the file system says of the files (`filesState` of `models/identity.ts`). */
export type KnownFiles = {
  readonly find: (state: string) => ModelIdentity | null;
  readonly keep: (state: string, identity: ModelIdentity) => void;
  /** What was not read whole before is not read whole for a plan either, which may be of a file larger than anybody waits for. */
  readonly isForPlans: boolean;
};

/** Several times the models that a machine has. */
const MAX_KNOWN = 4000;

const row = z.object({ identity: jsonColumn(identitySchema) });

/** @param state what the file system says of them */
export function findKnownFiles(store: Store, state: string): ModelIdentity | null {
  return store.get(row, 'SELECT identity FROM known_files WHERE state = ?', state)?.identity ?? null;
}

/** Forgets what was read longest ago where there is too much of it. */
export function keepKnownFiles(store: Store, state: string, identity: ModelIdentity): void {
  store.transaction(() => {
    store.run('INSERT OR REPLACE INTO known_files (state, identity) VALUES (?, ?)', state, JSON.stringify(identity));
    store.run('DELETE FROM known_files WHERE id <= (SELECT max(id) FROM known_files) - ?', MAX_KNOWN);
  });
}
