// The models on this machine: where they are, what they are, and which of them can be pruned. Files are only ever read.
import { existsSync } from 'node:fs';
import { mkdir, opendir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FreeMemory, MemoryFit, ModelEntry, ModelFolder, ModelOrigin } from '../../../contract/api/library.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { untilAborted } from '../../base/backend/worker-client.ts';
import { toDisplayPath } from '../../base/files/paths.ts';
import { fileIdentity, messageOf, readProblem } from '../../base/files/user-files.ts';
import type { ReadModel } from '../inspect.ts';
import { modelName, nameOfFile, type ModelOnDisk, modelIdOfSync, modelOnDisk } from '../model-files.ts';
import { type MemoryFacts, chatBuffers, memoryFacts } from '../placement/conversation.ts';
import { type ModelShape, modelShape } from '../placement/model-shape.ts';
import type { Store } from '../../store/database.ts';
import {
  type LibraryModel,
  addLibraryFolder,
  deleteLibraryModel,
  getLibraryModel,
  libraryModelsByFingerprint,
  listLibraryFolders,
  listLibraryModels,
  putFoundModel,
  removeLibraryFolder,
  setModelUsed,
} from '../../store/library-models.ts';
import { foundModel, placesHere, Scanner, type ScannerOptions } from './scanner.ts';
import { MachineMemory, memoryFit } from './memory-fit.ts';
import type { Machine, Place } from './places.ts';
import type { StoredModel } from '../../store/models.ts';

/** The longest that a list waits for a disk that does not answer; its models are then shown as they were. */
const STAT_WITHIN_MS = 500;

/** Origins of models that stay in the list because the user added them. */
const BY_HAND: readonly ModelOrigin[] = ['file', 'sample'];

type HeaderFacts = ReadModel & { readonly shape: ModelShape };

export class Library {
  readonly #machine: Machine;
  readonly #context: ScannerOptions['context'];
  readonly #scanner: Scanner;
  readonly #memory: MachineMemory;
  readonly #onChange: ScannerOptions['onChange'];
  #isStarted = false;
  #measured: { readonly key: string; readonly model: HeaderFacts } | null = null;
  /** Buffer sizes that were asked for, by model and by tokens of a conversation. */
  readonly #bufferSizes = new WeakMap<HeaderFacts, Map<number, Promise<number | null>>>();

  constructor(options: ScannerOptions) {
    this.#machine = options.machine;
    this.#context = options.context;
    this.#onChange = options.onChange;
    this.#scanner = new Scanner(options);
    this.#memory = new MachineMemory(options.context.host, options.onFailure);
  }

  /** All models, the last used first. The first call starts a scan. A model whose file vanished or changed says so. */
  async list(): Promise<ModelEntry[]> {
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#scanner.scanLater();
    }
    const models = listLibraryModels(this.#store);
    const onDisk = new Map<string, ModelOnDisk | null>();
    const looks = models.map(async ({ id, path }) => void onDisk.set(id, await modelOnDisk(path)));
    await Promise.race([Promise.all(looks), delay(STAT_WITHIN_MS, undefined, { ref: false })]);
    return models.map((model) => this.#entryNow(model, onDisk.get(model.id)));
  }

  /** @throws WinnowError FILE_NOT_FOUND for a model that is not in the list */
  async get(modelId: string): Promise<ModelEntry> {
    const model = this.#require(modelId);
    return this.#entryNow(model, await modelOnDisk(model.path));
  }

  /**
   * The stored entry, without a look at the disk.
   * @throws WinnowError FILE_NOT_FOUND for a model that is not in the list
   */
  entry(modelId: string): ModelEntry {
    return this.#toEntry(this.#require(modelId));
  }

  /** @throws WinnowError FILE_NOT_FOUND for a model that is not in the list, or whose file vanished */
  path(modelId: string): string {
    const { path } = this.#require(modelId);
    if (existsSync(path)) return path;
    const shown = this.#display(path);
    throw new WinnowError('FILE_NOT_FOUND', msg('modelGone', { name: shown }), {
      path,
    });
  }

  /** The id of the model that a file is, or is a part of, whether it is in the list or not. */
  idOf(path: string): string {
    return modelIdOfSync(path);
  }

  /** Whether the model that a file is, or is a part of, is in the list. */
  holds(path: string): boolean {
    return getLibraryModel(this.#store, this.idOf(path)) !== undefined;
  }

  /** A model in the list with this fingerprint, preferably one that is still there; null: none. */
  findByFingerprint(fingerprint: string): string | null {
    const ids = libraryModelsByFingerprint(this.#store, fingerprint);
    return ids.find((id) => existsSync(this.#require(id).path)) ?? ids[0] ?? null;
  }

  /** `findByFingerprint` for a list of results: it looks each fingerprint up only once. */
  finder(): (fingerprint: string) => string | null {
    const ids = new Map<string, string | null>();
    return (fingerprint) => {
      if (!ids.has(fingerprint)) ids.set(fingerprint, this.findByFingerprint(fingerprint));
      return ids.get(fingerprint) ?? null;
    };
  }

  /** Notes that the model is being used now. */
  touch(modelId: string): void {
    setModelUsed(this.#store, modelId, Date.now());
    this.#changed();
  }

  /** @throws as `Scanner.scan` */
  scan(signal?: AbortSignal): Promise<{ readonly models: number; readonly folders: number }> {
    this.#isStarted = true;
    return this.#scanner.scan(signal);
  }

  /**
   * Adds a model to the list and reads it. One that is already there because it is in a searched folder keeps its origin.
   * @returns its id
   * @throws WinnowError for a file that cannot be used, which then is not in the list; BACKEND_CRASHED
   */
  async add(path: string, origin: Extract<ModelOrigin, 'file' | 'sample' | 'export'> = 'file'): Promise<string> {
    const file = resolve(path);
    const entry = await foundModel({ path: file, name: nameOfFile(file), publisher: null }, origin);
    if (!entry) throw new WinnowError('FILE_NOT_FOUND', msg('fileGone', { path }), { path });
    const existing = getLibraryModel(this.#store, entry.id);
    const model = existing && existing.origin !== 'file' ? existing : putFoundModel(this.#store, entry);
    try {
      const { error } = await this.#scanner.readNow(model);
      if (error) throw error;
      await this.#scanner.identify();
    } catch (error) {
      if (!existing) {
        deleteLibraryModel(this.#store, model.id);
        this.#changed();
      }
      throw error;
    }
    return model.id;
  }

  /**
   * Adds a file that has just been written or downloaded. No error here undoes that. If this is aborted, the next scan finds the
   * file.
   * @returns why it is not in the list; null: it is
   */
  async addWritten(path: string, signal: AbortSignal, origin: 'export' | 'file'): Promise<string | null> {
    try {
      await untilAborted(this.add(path, origin), signal);
      return null;
    } catch (error) {
      return messageOf(error);
    }
  }

  /**
   * Removes a model that was added by hand, or whose file vanished, from the list. The file stays.
   * @throws WinnowError USAGE for one in a folder that is searched
   */
  remove(modelId: string): void {
    const { path, origin } = this.#require(modelId);
    if (!BY_HAND.includes(origin) && existsSync(path)) {
      throw new WinnowError('USAGE', msg('staysInList', { path: this.#display(path) }));
    }
    deleteLibraryModel(this.#store, modelId);
    this.#changed();
  }

  /** The folders that are searched: those of other programs that exist, and the user's. */
  async folders(): Promise<ModelFolder[]> {
    const paths = listLibraryModels(this.#store).map(({ path }) => path);
    const places = await placesHere(this.#store, this.#machine);
    return places.map((place) => this.#toFolder(place, paths));
  }

  /**
   * Searches this folder from now on, too. One that is already searched, under any name, stays as it is.
   * @throws WinnowError FILE_UNREADABLE
   */
  async addFolder(path: string): Promise<ModelFolder> {
    const folder = resolve(path);
    try {
      await (await opendir(folder)).close();
    } catch (error) {
      throw new WinnowError(
        'FILE_UNREADABLE',
        msg('folderUnreadable', { path, reason: readProblem(error) }),
        { path },
        error,
      );
    }
    const places = await placesHere(this.#store, this.#machine);
    const identity = await fileIdentity(folder);
    const identities = await Promise.all(places.map(({ path }) => fileIdentity(path)));
    const existing = places[identities.indexOf(identity)];
    if (!existing) {
      addLibraryFolder(this.#store, folder);
      this.#scanner.scanLater();
    }
    const models = listLibraryModels(this.#store);
    return this.#toFolder(
      existing ?? { origin: 'folder', path: folder },
      models.map((model) => model.path),
    );
  }

  /**
   * Stops searching a folder that the user added.
   * @throws WinnowError USAGE for any other folder
   */
  removeFolder(displayPath: string): void {
    const folder = listLibraryFolders(this.#store).find((path) => this.#display(path) === displayPath);
    if (folder === undefined) {
      throw new WinnowError('USAGE', msg('notAnAddedFolder', { path: displayPath }));
    }
    this.#store.transaction(() => {
      removeLibraryFolder(this.#store, folder);
      for (const { id, origin, path } of listLibraryModels(this.#store)) {
        if (origin === 'folder' && isInside(path, folder)) deleteLibraryModel(this.#store, id);
      }
    });
    this.#changed();
    this.#scanner.scanLater(); // another folder may also hold its models
  }

  /**
   * The memory that the model needs, compared with what this machine has free now.
   * @param keep experts per layer of a pruned model to compare; null: none
   * @throws WinnowError as `path` and `readModel`; USAGE for a count that the model does not have
   */
  async memory(modelId: string, ctx: number, keep: number | null): Promise<MemoryFit> {
    const model = await this.headerFacts(modelId);
    return memoryFit(model, { ctx, keep }, await this.#memory.read(), await this.#buffers(model, ctx));
  }

  /**
   * The memory that the model needs with one conversation of `ctx` tokens, but no more than it was made for.
   * @throws WinnowError as `path` and `readModel`
   */
  async memoryFacts(modelId: string, ctx: number): Promise<MemoryFacts & { readonly ctx: number }> {
    const model = await this.headerFacts(modelId);
    return memoryFacts(model, ctx, await this.#buffers(model, ctx));
  }

  /**
   * What the model's headers say. The last requested model is kept: the page asks at every step of a slider.
   * @throws WinnowError as `path` and `readModel`
   */
  async headerFacts(modelId: string): Promise<HeaderFacts> {
    const path = this.path(modelId);
    const { bytes, modifiedMs } = this.#require(modelId);
    const key = [modelId, bytes, modifiedMs].join();
    if (this.#measured?.key !== key) {
      const model = await this.#scanner.headers(path);
      this.#measured = { key, model: { ...model, shape: modelShape(model) } };
    }
    return this.#measured.model;
  }

  /** Free memory of the GPUs and the host, in bytes. */
  freeMemory(): Promise<FreeMemory> {
    return this.#memory.read();
  }

  /** Ends scanning and reading; models that are not read yet stay unread. */
  async close(): Promise<void> {
    await this.#scanner.close();
  }

  #buffers(model: HeaderFacts, ctx: number): Promise<number | null> {
    const sizes = this.#bufferSizes.get(model) ?? new Map<number, Promise<number | null>>();
    this.#bufferSizes.set(model, sizes);
    const buffers = sizes.get(ctx) ?? this.#askBuffers(model, ctx);
    sizes.set(ctx, buffers);
    // a failure is not kept: the next request may succeed
    buffers.catch(() => sizes.delete(ctx));
    return buffers;
  }

  async #askBuffers({ info }: HeaderFacts, ctx: number): Promise<number | null> {
    using backend = new Backend('off', this.#context.host);
    return await chatBuffers(backend, info, ctx);
  }

  get #store(): Store {
    return this.#context.store;
  }

  #changed(): void {
    this.#onChange({ scanning: this.#scanner.isScanning });
  }

  #require(modelId: string): LibraryModel {
    const model = getLibraryModel(this.#store, modelId);
    if (model) return model;
    throw new WinnowError('FILE_NOT_FOUND', msg('modelNotListed'), { modelId });
  }

  #entryNow(model: LibraryModel, onDisk: ModelOnDisk | null | undefined): ModelEntry {
    if (onDisk === undefined) return this.#toEntry(model);
    if (onDisk === null) {
      return { ...this.#toEntry(model), state: 'unusable', reason: msg('fileVanished'), details: null };
    }
    const isSame = onDisk.bytes === model.bytes && onDisk.modifiedMs === model.modifiedMs && onDisk.path === model.path;
    if (isSame) return this.#toEntry(model);
    const changed = putFoundModel(this.#store, { ...model, ...onDisk });
    this.#scanner.readLater([changed]);
    return this.#toEntry(changed);
  }

  #toEntry(model: LibraryModel): ModelEntry {
    const { id, name, path, publisher, origin, bytes, parts, modifiedMs, lastUsedMs, details, state, reason } = model;
    const displayPath = this.#display(path);
    return { id, name, displayPath, publisher, origin, bytes, parts, modifiedMs, lastUsedMs, details, state, reason };
  }

  #toFolder({ origin, path }: Place, modelPaths: readonly string[]): ModelFolder {
    return {
      displayPath: this.#display(path),
      origin,
      models: modelPaths.filter((model) => isInside(model, path)).length,
      problem: existsSync(path) || origin !== 'folder' ? this.#scanner.problemAt(path) : msg('folderVanished'),
      removable: origin === 'folder',
    };
  }

  #display(path: string): string {
    return toDisplayPath(path, this.#machine.userFolder);
  }
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/**
 * The path where the model is now.
 * @throws WinnowError FILE_NOT_FOUND
 */
export function pathOfStoredModel(library: Library, { fingerprint, path, info }: StoredModel): string {
  const modelId = library.findByFingerprint(fingerprint);
  if (modelId !== null) return library.path(modelId);
  // for a bundle's model, the path is only a name
  if (isAbsolute(path) && existsSync(path)) return path;
  throw new WinnowError('FILE_NOT_FOUND', msg('modelNotHere', { name: modelName(info) }), { path });
}

/** Moves an uploaded file to its final place, unless it is already there: the same model was uploaded before. */
export async function keepUploaded(path: string, keepAs: string): Promise<void> {
  if (existsSync(keepAs)) return;
  await mkdir(dirname(keepAs), { recursive: true, mode: 0o700 });
  await rename(path, keepAs);
}

/**
 * Removes an uploaded file that was kept, unless it is in the list: the same upload may have been accepted before. The same content
 * may lie beside it under another name.
 */
export async function dropUploaded(path: string, library: Library): Promise<void> {
  if (library.holds(path)) return;
  await rm(path, { force: true });
  await rmdir(dirname(path)).catch(() => undefined);
}
