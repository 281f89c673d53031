// Searches every place that may hold models. What it finds goes into the database; headers are read later.
import { stat } from 'node:fs/promises';
import type { ModelOrigin } from '../../../contract/api/library.ts';
import type { Sentence } from '../../../contract/sentences.ts';
import { SAMPLE_MODEL } from '../../base/files/sample-files.ts';
import { errnoOf } from '../../base/files/errno.ts';
import { firstPartPath } from '../model-files.ts';
import { nameOfFile } from '../model-name.ts';
import type { Store } from '../../store/database.ts';
import { listExports } from '../../store/exports.ts';
import {
  deleteLibraryModel,
  getLibraryModel,
  listLibraryFolders,
  listLibraryModels,
  putFoundModel,
  setModelOrigin,
} from '../../store/library-models.ts';
import { inTransactions } from '../../store/slices.ts';
import type { FoundFile } from './found-file.ts';
import { modelIdOf, modelOnDisk } from './model-on-disk.ts';
import { lmStudioFolders, modelPlaces, type Machine, type Place } from './places.ts';
import { problemOf, walkFolder, type WalkFindings } from './walk.ts';

type FoundModel = Parameters<typeof putFoundModel>[1];

/** The places to search: those of other programs that exist here, and all that the user added. */
export async function placesHere(store: Store, machine: Machine): Promise<Place[]> {
  const tools = modelPlaces(machine, await lmStudioFolders(machine));
  const present = await Promise.all(tools.map(({ path }) => isPresent(path)));
  const own = listLibraryFolders(store).map((path): Place => ({ origin: 'folder', path }));
  return [...tools.filter((_, i) => present[i]), ...own];
}

/** Whether a folder exists, even if it may not be read. */
async function isPresent(folder: string): Promise<boolean> {
  try {
    return (await stat(folder)).isDirectory();
  } catch (error) {
    return !['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error));
  }
}

/**
 * Searches all places, and looks at the files that Winnow itself knows. A model found twice belongs to the first place.
 * Models that are no longer found leave the database, unless the user added or used them.
 * @returns the places by path, with what prevented a complete search of them
 * @throws the signal's reason; what was found before stays
 */
export async function lookThrough(
  store: Store,
  machine: Machine,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Sentence | null>> {
  const known = listLibraryModels(store);
  const pathsOf = (origin: ModelOrigin): string[] =>
    known.filter((model) => model.origin === origin).map(({ path }) => path);
  const seen = new Set<string>();
  const collect = (origin: ModelOrigin, files: Files): Promise<void> => addAll(store, seen, origin, files, signal);

  const written = listExports(store).filter(({ state }) => state === 'done');
  await collect(
    'export',
    written.map(({ outputPath }) => named(outputPath)),
  );
  await collect('sample', pathsOf('sample').length > 0 ? [named(SAMPLE_MODEL)] : []);
  const problems = new Map<string, Sentence | null>();
  for (const place of await placesHere(store, machine)) {
    const findings: WalkFindings = { unreadable: [], isCut: false };
    await collect(place.origin, walkFolder(place, findings, signal));
    problems.set(place.path, problemOf(findings, place));
  }
  await collect('file', pathsOf('file').map(named));

  store.transaction(() => {
    for (const { id } of known) {
      const model = seen.has(id) ? undefined : getLibraryModel(store, id);
      if (!model || model.origin === 'file') continue;
      if (model.origin === 'sample' || model.lastUsedMs === null) deleteLibraryModel(store, id);
      // no place has it any more, so only the user can remove it; an exported model stays one
      else if (model.origin !== 'export') setModelOrigin(store, id, 'file');
    }
  });
  return problems;
}

type Files = Iterable<FoundFile> | AsyncIterable<FoundFile>;

function named(path: string): FoundFile {
  return { path, name: nameOfFile(path), publisher: null };
}

async function addAll(
  store: Store,
  seen: Set<string>,
  origin: ModelOrigin,
  files: Files,
  signal: AbortSignal,
): Promise<void> {
  const found: FoundModel[] = [];
  const paths = new Set<string>();
  for await (const file of files) {
    const path = firstPartPath(file.path);
    if (paths.has(path)) continue;
    paths.add(path);
    const model = await foundModel(file, origin);
    if (model === null || seen.has(model.id)) continue;
    seen.add(model.id);
    found.push(model);
  }
  if (found.length > 0) await inTransactions(store, found, (model) => putFoundModel(store, model), signal);
}

/** The model of a file; null: the file does not exist, or vanished meanwhile. */
export async function foundModel(file: FoundFile, origin: ModelOrigin): Promise<FoundModel | null> {
  const onDisk = await modelOnDisk(file.path);
  if (onDisk === null) return null;
  const id = await modelIdOf(onDisk.path).catch(() => null);
  return id === null ? null : { ...file, ...onDisk, id, origin };
}
