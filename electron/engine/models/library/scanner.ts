// Keeps the stored list of models up to date: searches the places, then reads headers that are new or changed, in the
// background. One search and one file at a time.
import { basename } from 'node:path';
import type { EngineContext } from '../../store/engine-context.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import type { ReadModel } from '../inspect.ts';
import {
  getLibraryModel,
  listLibraryModels,
  saveHeaderFacts,
  setModelSampled,
  unidentifiedModels,
  type LibraryModel,
  deleteLibraryModel,
  listLibraryFolders,
  putFoundModel,
  setModelOrigin,
} from '../../store/library-models.ts';
import { HeaderReader, readerName, type Reading } from './header-reader.ts';
import { type Machine, lmStudioFolders, modelPlaces, type Place } from './places.ts';
import { stat } from 'node:fs/promises';
import type { ModelOrigin } from '../../../contract/api/library.ts';
import { SAMPLE_MODEL } from '../../base/files/sample-files.ts';
import { errorCode } from '../../base/files/errno.ts';
import { firstPartPath, nameOfFile, readModelId, modelOnDisk } from '../model-files.ts';
import type { Store } from '../../store/database.ts';
import { listExports } from '../../store/exports.ts';
import { inTransactions } from '../../store/slices.ts';
import { type FoundFile, walkProblem, walkFolder, type WalkFindings } from './walk.ts';

/** Each save waits for the disk, and each change makes the page ask for the whole list. */
const SAVE_EVERY_MS = 250;

export type ScannerOptions = {
  readonly context: EngineContext;
  readonly machine: Machine;
  /** Settles when headers can be read. */
  readonly ready: () => Promise<void>;
  /** Called when the list changed, or a scan began or ended. */
  readonly onChange: (state: { scanning: boolean }) => void;
  /** Receives the error of work that nobody waits for. */
  readonly onFailure: (error: unknown) => void;
};

type ScanResult = { readonly models: number; readonly folders: number };

export class Scanner {
  readonly #options: ScannerOptions;
  readonly #reader: HeaderReader;
  readonly #closed = new AbortController();
  /** Paths of models whose headers must be read, by model id. */
  readonly #waiting = new Map<string, string>();
  #problems: ReadonlyMap<string, Sentence | null> = new Map();
  #looking: Promise<ScanResult> | null = null;
  #lookAgain = false;
  #stop = new AbortController();
  #reading: Promise<void> | null = null;

  constructor(options: ScannerOptions) {
    this.#options = options;
    this.#reader = new HeaderReader(options.context.host);
  }

  get isScanning(): boolean {
    return this.#looking !== null;
  }

  /** What prevented the last scan from seeing the whole of a place; null: nothing, or there was no scan yet. */
  problemAt(path: string): Sentence | null {
    return this.#problems.get(path) ?? null;
  }

  /**
   * Searches all places and reads what is new. Another call during a scan makes it search once more.
   * @param signal stops the scan, whoever began it; what was found stays
   * @throws WinnowError BACKEND_CRASHED, NATIVE_BUILD when headers cannot be read; the signal's reason
   */
  async scan(signal?: AbortSignal): Promise<ScanResult> {
    if (this.#looking) {
      this.#lookAgain = true;
    } else {
      this.#stop = new AbortController();
      this.#looking = this.#scanAll(AbortSignal.any([this.#stop.signal, this.#closed.signal])).finally(() => {
        this.#looking = null;
        this.#announce();
      });
    }
    const stop = (): void => this.#stop.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await this.#looking;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Starts a scan without waiting for it. */
  scanLater(): void {
    this.scan().catch((error: unknown) => this.#fail(error));
  }

  /** Starts reading the models' headers without waiting for that. */
  readLater(models: readonly LibraryModel[]): void {
    for (const { id, path } of models) this.#waiting.set(id, path);
    this.#readWaiting(this.#closed.signal).catch((error: unknown) => this.#fail(error));
  }

  /** @throws as `HeaderReader.read` */
  async readNow({ id, path }: LibraryModel): Promise<Reading> {
    await this.#options.ready();
    this.#waiting.delete(id);
    const reading = await this.#reader.read(path);
    this.#save([{ id, reading }]);
    return reading;
  }

  /** Finds models of runs and exports among those that are not identified yet. */
  async identify(): Promise<void> {
    await this.#identify(this.#closed.signal);
  }

  /** @throws WinnowError as `HeaderReader.headers` */
  async headers(path: string): Promise<ReadModel> {
    await this.#options.ready();
    return this.#reader.headers(path);
  }

  /** Ends searching and reading, and waits for both. */
  async close(): Promise<void> {
    this.#closed.abort(new WinnowError('CANCELLED', msg('winnowClosed')));
    await this.#reader.close();
    await Promise.allSettled([this.#looking, this.#reading]);
  }

  async #scanAll(signal: AbortSignal): Promise<ScanResult> {
    const { context, machine } = this.#options;
    this.#announce(true);
    do {
      this.#problems = await lookThrough(context.store, machine, signal);
      this.#announce(true);
      const reader = readerName();
      for (const model of listLibraryModels(context.store)) {
        if (model.reader !== reader) this.#waiting.set(model.id, model.path);
      }
      await this.#readWaiting(signal);
    } while (this.#isAskedAgain());
    await this.#identify(signal);
    return { models: listLibraryModels(context.store).length, folders: this.#problems.size };
  }

  /** Whether another search was asked for: places that this one has passed may have changed meanwhile. */
  #isAskedAgain(): boolean {
    const again = this.#lookAgain;
    this.#lookAgain = false;
    return again;
  }

  async #readWaiting(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#waiting.clear();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (this.#waiting.size > 0 || this.#reading) {
        this.#reading ??= this.#readAll().finally(() => (this.#reading = null));
        await this.#reading;
      }
      signal.throwIfAborted();
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  async #readAll(): Promise<void> {
    let read: { id: string; reading: Reading }[] = [];
    let savedAt = performance.now();
    const save = (): void => {
      if (read.length > 0) this.#save(read);
      read = [];
      savedAt = performance.now();
    };
    try {
      await this.#options.ready();
      for (let next = this.#next(); next; next = this.#next()) {
        read.push({ id: next.id, reading: await this.#reader.read(next.path) });
        if (performance.now() - savedAt >= SAVE_EVERY_MS) save();
      }
      save();
    } catch (error) {
      this.#waiting.clear(); // what cannot be read now waits for the next scan
      throw error;
    }
  }

  #next(): { id: string; path: string } | null {
    const [next] = this.#waiting;
    if (!next) return null;
    const [id, path] = next;
    this.#waiting.delete(id);
    return { id, path };
  }

  #save(read: readonly { id: string; reading: Reading }[]): void {
    const { store } = this.#options.context;
    store.transaction(() => {
      for (const { id, reading } of read) {
        const { state, reason, details, title, isLasting } = reading;
        const model = getLibraryModel(store, id);
        if (!model) continue; // removed from the list meanwhile
        const isUntitled = model.name === basename(model.path);
        const reader = isLasting ? readerName() : null;
        saveHeaderFacts(store, id, { state, reason, details, reader, name: isUntitled ? title : null });
      }
    });
    this.#announce();
  }

  /** Identifies models by samples of their bytes, so that a used model that has moved keeps its runs in lists. */
  async #identify(signal: AbortSignal): Promise<void> {
    const { store } = this.#options.context;
    const ids = unidentifiedModels(store);
    if (ids.length > 0) await this.#options.ready();
    for (const id of ids) {
      signal.throwIfAborted();
      const model = getLibraryModel(store, id);
      if (!model) continue;
      const sampled = await this.#reader.sampled(model.path).catch(() => null); // no longer there
      if (sampled !== null) setModelSampled(store, id, sampled);
    }
    if (ids.length > 0) this.#announce();
  }

  #announce(scanning = this.isScanning): void {
    this.#options.onChange({ scanning });
  }

  #fail(error: unknown): void {
    const isCancelled = error instanceof WinnowError && error.code === 'CANCELLED';
    if (!isCancelled) this.#options.onFailure(error);
  }
}

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
    return !['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error));
  }
}

/**
 * Searches all places, and looks at the files that Winnow itself knows. A model found twice belongs to the first place.
 * Models that are no longer found leave the database, unless the user added or used them.
 * @returns the places by path, with what prevented a complete search of them
 * @throws the signal's reason; what was found before stays
 */
async function lookThrough(
  store: Store,
  machine: Machine,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Sentence | null>> {
  const models = listLibraryModels(store);
  const listPaths = (origin: ModelOrigin): string[] =>
    models.filter((model) => model.origin === origin).map(({ path }) => path);
  const seen = new Set<string>();
  const collect = (origin: ModelOrigin, files: Files): Promise<void> => addAll(store, seen, origin, files, signal);

  const written = listExports(store).filter(({ state }) => state === 'done');
  await collect(
    'export',
    written.map(({ outputPath }) => named(outputPath)),
  );
  await collect('sample', listPaths('sample').length > 0 ? [named(SAMPLE_MODEL)] : []);
  const problems = new Map<string, Sentence | null>();
  for (const place of await placesHere(store, machine)) {
    const findings: WalkFindings = { unreadable: [], isCut: false };
    await collect(place.origin, walkFolder(place, findings, signal));
    problems.set(place.path, walkProblem(findings, place));
  }
  await collect('file', listPaths('file').map(named));

  store.transaction(() => {
    for (const { id } of models) {
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
  const models: FoundModel[] = [];
  const paths = new Set<string>();
  for await (const file of files) {
    const path = firstPartPath(file.path);
    if (paths.has(path)) continue;
    paths.add(path);
    const model = await foundModel(file, origin);
    if (model === null || seen.has(model.id)) continue;
    seen.add(model.id);
    models.push(model);
  }
  if (models.length > 0) await inTransactions(store, models, (model) => putFoundModel(store, model), signal);
}

/** The model of a file; null: the file does not exist, or vanished meanwhile. */
export async function foundModel(file: FoundFile, origin: ModelOrigin): Promise<FoundModel | null> {
  const onDisk = await modelOnDisk(file.path);
  if (onDisk === null) return null;
  const id = await readModelId(onDisk.path).catch(() => null);
  return id === null ? null : { ...file, ...onDisk, id, origin };
}
