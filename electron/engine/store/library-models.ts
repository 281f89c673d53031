// Repository of the models that were found on this machine, and of the folders that the user added to the search.
import { basename } from 'node:path';
import { z } from 'zod';
import { MODEL_ORIGINS, modelDetailsSchema, modelEntrySchema } from '../../contract/api/library.ts';
import { sentenceSchema } from '../../contract/sentences.ts';
import type { Store } from './database.ts';
import { jsonColumn, toJson } from './json.ts';

const modelRow = z.object({
  id: z.string(),
  /** Where it is opened; the id is made of the real path. */
  path: z.string(),
  origin: z.enum(MODEL_ORIGINS),
  publisher: z.string().nullable(),
  name: z.string(),
  bytes: z.number(),
  parts: z.int(),
  modifiedMs: z.number(),
  lastUsedMs: z.number().nullable(),
  /** `sampled` of its identity, as far as it may be a model that was used. */
  sampled: z.string().nullable(),
  /** What read the header; null: it is to be read again. */
  reader: z.string().nullable(),
  state: modelEntrySchema.shape.state,
  /** null also for a text of an older version: the header is read again. */
  reason: jsonColumn(sentenceSchema).nullable().catch(null),
  details: jsonColumn(modelDetailsSchema).nullable(),
});
export type LibraryModel = Readonly<z.infer<typeof modelRow>>;

/** What a look at the folders tells. */
export type FoundModel = Pick<
  LibraryModel,
  'id' | 'path' | 'origin' | 'publisher' | 'bytes' | 'parts' | 'modifiedMs'
> & {
  /** null: the path does not tell; the file's name until the header tells. */
  readonly name: string | null;
};

/** What the header tells. */
type HeaderFacts = Pick<LibraryModel, 'reader' | 'state' | 'reason' | 'details'> & {
  /** Takes the place of the name; null: it stays. */
  readonly name: string | null;
};

const COLUMNS = `id, path, origin, publisher, name, bytes, parts, modified_ms AS modifiedMs,
  last_used_ms AS lastUsedMs, fingerprint AS sampled, reader, state, reason, details`;

/** Last used first, then by name. */
export function listLibraryModels(store: Store): LibraryModel[] {
  return store.all(
    modelRow,
    `SELECT ${COLUMNS} FROM library_models ORDER BY last_used_ms DESC NULLS LAST, name COLLATE NOCASE, id`,
  );
}

/** undefined: it is not in the library. */
export function getLibraryModel(store: Store, id: string): LibraryModel | undefined {
  return store.get(modelRow, `SELECT ${COLUMNS} FROM library_models WHERE id = ?`, id);
}

const SAME_FILE = `(old.bytes, old.parts, old.modified_ms) = (excluded.bytes, excluded.parts, excluded.modified_ms)`;

/**
 * Adds a model, or notes where and under what name it was found this time. One whose file changed is to be read again,
 * and is not known by its samples any more.
 */
export function putFoundModel(store: Store, model: FoundModel): LibraryModel {
  return store.transaction(() => {
    // a link that leads elsewhere now
    store.run('DELETE FROM library_models WHERE path = ? AND id <> ?', model.path, model.id);
    return store.get(
      modelRow,
      `INSERT INTO library_models AS old (id, path, origin, publisher, name, bytes, parts, modified_ms, state)
       VALUES (@id, @path, @origin, @publisher, coalesce(@name, @fileName), @bytes, @parts, @modifiedMs, 'reading')
       ON CONFLICT (id) DO UPDATE SET
         path = excluded.path, origin = excluded.origin, publisher = excluded.publisher,
         name = coalesce(@name, CASE WHEN ${SAME_FILE} THEN old.name ELSE excluded.name END),
         fingerprint = CASE WHEN ${SAME_FILE} THEN old.fingerprint END,
         reader = CASE WHEN ${SAME_FILE} THEN old.reader END,
         state = CASE WHEN ${SAME_FILE} THEN old.state ELSE 'reading' END,
         reason = CASE WHEN ${SAME_FILE} THEN old.reason END,
         details = CASE WHEN ${SAME_FILE} THEN old.details END,
         bytes = excluded.bytes, parts = excluded.parts, modified_ms = excluded.modified_ms
       RETURNING ${COLUMNS}`,
      { ...model, fileName: basename(model.path) },
    )!;
  });
}

/** Saves what the header tells; nothing happens when the model was taken out meanwhile. */
export function saveHeaderFacts(store: Store, id: string, facts: HeaderFacts): void {
  store.run(
    `UPDATE library_models SET reader = @reader, state = @state, reason = @reason, details = @details,
       name = coalesce(@name, name) WHERE id = @id`,
    {
      id,
      ...facts,
      reason: facts.reason && JSON.stringify(facts.reason),
      details: facts.details && toJson(facts.details),
    },
  );
}

/** How the model came into the library. */
export function setModelOrigin(store: Store, id: string, origin: LibraryModel['origin']): void {
  store.run('UPDATE library_models SET origin = ? WHERE id = ?', origin, id);
}

/** When the model was used last, in milliseconds since 1970. */
export function setModelUsed(store: Store, id: string, nowMs: number): void {
  store.run('UPDATE library_models SET last_used_ms = ? WHERE id = ?', nowMs, id);
}

/** Notes what lists know the files by, once they are read. */
export function setModelSampled(store: Store, id: string, sampled: string): void {
  store.run('UPDATE library_models SET fingerprint = ? WHERE id = ?', sampled, id);
}

/** Out of the list; the file stays. */
export function deleteLibraryModel(store: Store, id: string): void {
  store.run('DELETE FROM library_models WHERE id = ?', id);
}

/**
 * The models that a fingerprint may be of, for lists: whose file a score run or an export used last under it and that has the
 * same size still, then those with the same samples, each time what was used last first. What is made of one reads all of it.
 */
export function libraryModelsByFingerprint(store: Store, fingerprint: string): string[] {
  const isUsed = `EXISTS (SELECT 1 FROM models AS used
       WHERE used.fingerprint = @fingerprint AND used.path = found.path AND used.info ->> '$.bytes' = found.bytes
         AND used.last_seen_ms = (SELECT max(last_seen_ms) FROM models WHERE path = found.path))`;
  return store.column(
    z.string(),
    `SELECT id FROM library_models AS found
     WHERE fingerprint IN (@fingerprint, (SELECT info ->> '$.sampled' FROM models WHERE fingerprint = @fingerprint))
       OR fingerprint IS NULL AND ${isUsed}
     ORDER BY ${isUsed} DESC, last_used_ms DESC NULLS LAST, id`,
    { fingerprint },
  );
}

/** Models that were not identified yet and are as large as one that was used: perhaps it, at another place. */
export function unidentifiedModels(store: Store): string[] {
  return store.column(
    z.string(),
    `SELECT id FROM library_models WHERE fingerprint IS NULL AND state IN ('ready', 'dense', 'refused')
     AND bytes IN (SELECT info ->> '$.bytes' FROM models)`,
  );
}

/** Absolute paths, sorted. */
export function listLibraryFolders(store: Store): string[] {
  return store.column(z.string(), 'SELECT path FROM library_folders ORDER BY path');
}

/** One that is there already stays as it is. */
export function addLibraryFolder(store: Store, path: string): void {
  store.run('INSERT INTO library_folders (path) VALUES (?) ON CONFLICT (path) DO NOTHING', path);
}

/** The folder alone; its models are for the caller to take out. */
export function removeLibraryFolder(store: Store, path: string): void {
  store.run('DELETE FROM library_folders WHERE path = ?', path);
}
