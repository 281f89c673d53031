// Repository of the models that Winnow has seen, and of the identities of files that were read whole.
import { z } from 'zod';
import { modelInfoSchema, type ModelInfo, identitySchema, type ModelIdentity } from '../../contract/model-info.ts';
import type { Store } from './database.ts';
import { jsonColumn, toJson } from './json.ts';

const modelRow = z.object({
  id: z.int(),
  /** Where it was last seen. */
  path: z.string(),
  fingerprint: z.string(),
  info: jsonColumn(modelInfoSchema),
  lastSeenMs: z.number(),
});
export type StoredModel = Readonly<z.infer<typeof modelRow>>;

const COLUMNS = 'id, path, fingerprint, info, last_seen_ms AS lastSeenMs';

/** Adds a model, or notes where and how a known one (by its fingerprint) was found this time. */
export function rememberModel(store: Store, info: ModelInfo, nowMs: number = Date.now()): StoredModel {
  const { path, fingerprint } = info;
  return store.get(
    modelRow,
    `INSERT INTO models (path, fingerprint, info, last_seen_ms) VALUES (@path, @fingerprint, @info, @nowMs)
     ON CONFLICT (fingerprint) DO UPDATE SET
       path = excluded.path, info = excluded.info, last_seen_ms = excluded.last_seen_ms
     RETURNING ${COLUMNS}`,
    { path, fingerprint, info: toJson(modelInfoSchema.parse(info)), nowMs },
  )!;
}

/** The model; undefined: there is none with this id. */
export function getModel(store: Store, id: number): StoredModel | undefined {
  return store.get(modelRow, `SELECT ${COLUMNS} FROM models WHERE id = ?`, id);
}

/** The model with this fingerprint, wherever its file lies; undefined: it was never scored or pruned. */
export function findModel(store: Store, fingerprint: string): StoredModel | undefined {
  return store.get(modelRow, `SELECT ${COLUMNS} FROM models WHERE fingerprint = ?`, fingerprint);
}

/** All models, the last seen first. */
export function listModels(store: Store): StoredModel[] {
  return store.all(modelRow, `SELECT ${COLUMNS} FROM models ORDER BY last_seen_ms DESC, id DESC`);
}

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
