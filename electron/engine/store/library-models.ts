// Repository of the models that were found on this machine, and of the folders that the user added to the search.
import { basename } from 'node:path';
import { z } from 'zod';
import { MODEL_ORIGINS, modelDetailsSchema, modelEntrySchema } from '../../contract/api/library.ts';
import { sentenceSchema } from '../../contract/sentences.ts';
import type { Store } from './database.ts';
import { jsonColumn, toJson } from './json.ts';

/** What a search of the folders finds out. */
const foundModel = z.object({
  id: z.string(),
  /** The path that is opened; the id is derived from the real path. */
  path: z.string(),
  origin: z.enum(MODEL_ORIGINS),
  publisher: z.string().nullable(),
  bytes: z.number(),
  parts: z.int(),
  modifiedMs: z.number(),
});

/** What the header states. */
const headerFacts = z.object({
  /** The version of the reader that read the header; null: the header must be read again. */
  reader: z.string().nullable(),
  state: modelEntrySchema.shape.state,
  /** null: the header is read again. */
  reason: jsonColumn(sentenceSchema).nullable().catch(null),
  details: jsonColumn(modelDetailsSchema).nullable(),
});

const modelRow = z.object({
  ...foundModel.shape,
  ...headerFacts.shape,
  name: z.string(),
  lastUsedMs: z.number().nullable(),
  /** `sampled` of its identity, read only if the model may be one that was used. */
  sampled: z.string().nullable(),
});
export type LibraryModel = Readonly<z.infer<typeof modelRow>>;

/** `name` null: the path does not tell; the file's name then serves until the header is read. */
type FoundModel = Readonly<z.infer<typeof foundModel>> & { readonly name: string | null };

/** `name` replaces that of the model; null: it stays. */
type HeaderFacts = Readonly<z.infer<typeof headerFacts>> & { readonly name: string | null };

const COLUMNS = `id, path, origin, publisher, name, bytes, parts, modified_ms AS modifiedMs,
  last_used_ms AS lastUsedMs, fingerprint AS sampled, reader, state, reason, details`;

/** All models in the library, the last used first, then by name. */
export function listLibraryModels(store: Store): LibraryModel[] {
  return store.all(
    modelRow,
    `SELECT ${COLUMNS} FROM library_models ORDER BY last_used_ms DESC NULLS LAST, name COLLATE NOCASE, id`,
  );
}

/** The model; undefined: it is not in the library. */
export function getLibraryModel(store: Store, id: string): LibraryModel | undefined {
  return store.get(modelRow, `SELECT ${COLUMNS} FROM library_models WHERE id = ?`, id);
}

const SAME_FILE = `(old.bytes, old.parts, old.modified_ms) = (excluded.bytes, excluded.parts, excluded.modified_ms)`;

/**
 * Adds a model, or notes where and under what name it was found this time. The header of a changed file must be read again,
 * and its samples are forgotten.
 */
export function putFoundModel(store: Store, model: FoundModel): LibraryModel {
  return store.transaction(() => {
    // the path of a link that now leads elsewhere
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

/** Saves what the header states; does nothing if the model was removed meanwhile. */
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

/** Sets how the model came into the library. */
export function setModelOrigin(store: Store, id: string, origin: LibraryModel['origin']): void {
  store.run('UPDATE library_models SET origin = ? WHERE id = ?', origin, id);
}

/** Sets when the model was last used, in milliseconds since 1970. */
export function setModelUsed(store: Store, id: string, nowMs: number): void {
  store.run('UPDATE library_models SET last_used_ms = ? WHERE id = ?', nowMs, id);
}

/** Saves the samples by which lists know the files, once they are read. */
export function setModelSampled(store: Store, id: string, sampled: string): void {
  store.run('UPDATE library_models SET fingerprint = ? WHERE id = ?', sampled, id);
}

/** Removes a model from the list; the file stays. */
export function deleteLibraryModel(store: Store, id: string): void {
  store.run('DELETE FROM library_models WHERE id = ?', id);
}

/**
 * The models that may have this fingerprint, for lists: first files that a score run or an export last used under it and that still
 * have the same size, then those with the same samples; within each group the last used first. Work on one of them reads all of it.
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

/** Models that are not identified yet and are as large as one that was used: perhaps that one, in another place. */
export function unidentifiedModels(store: Store): string[] {
  return store.column(
    z.string(),
    `SELECT id FROM library_models WHERE fingerprint IS NULL AND state IN ('ready', 'dense', 'refused')
     AND bytes IN (SELECT info ->> '$.bytes' FROM models)`,
  );
}

/** The added folders as absolute paths, sorted. */
export function listLibraryFolders(store: Store): string[] {
  return store.column(z.string(), 'SELECT path FROM library_folders ORDER BY path');
}

/** Adds a folder; one that is already there stays as it is. */
export function addLibraryFolder(store: Store, path: string): void {
  store.run('INSERT INTO library_folders (path) VALUES (?) ON CONFLICT (path) DO NOTHING', path);
}

/** Removes only the folder; the caller removes its models. */
export function removeLibraryFolder(store: Store, path: string): void {
  store.run('DELETE FROM library_folders WHERE path = ?', path);
}
