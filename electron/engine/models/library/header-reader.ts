// Reads model headers for the library in a worker process: llama.cpp may crash on a hostile file, and that must cost no
// more than this file's place in the list.
import { basename } from 'node:path';
import { type ModelEntry, modelDetailsSchema } from '../../../contract/api/library.ts';
import { WinnowError, sentenceBy } from '../../../contract/errors.ts';
import { type Sentence, beginsWith, msg, withTexts } from '../../../contract/sentences.ts';
import { WINNOW_KEYS } from '../../../contract/winnow-keys.ts';
import { llamaSource } from '../../../../native/index.ts';
import { Backend } from '../../base/backend/backend.ts';
import { diedOfTheSystem } from '../../base/backend/worker-client.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { errorCode } from '../../base/files/errno.ts';
import { readProblem } from '../../base/files/user-files.ts';
import { requireLoadable } from '../check-load.ts';
import { type ReadModel, modelFiles, isDense, openModel, readModel } from '../inspect.ts';
import { openModelFiles, partPaths } from '../model-files.ts';
import { sampledFingerprint } from '../identity.ts';
import { z } from 'zod';
import { parsedJson } from '../../base/files/json-guard.ts';
import type { GgufKeys } from '../../../contract/model-info.ts';
import { type PublishedRepair, publishedRepair, repairFactsSchema } from '../../../contract/repair.ts';
import { keyInteger, keyString } from '../gguf-keys.ts';

/** Raise it when unchanged files must be read again, as after a change of the rules. */
const READER_VERSION = 4;

/** The version of everything that judges a header: another llama.cpp knows other architectures. */
export function readerName(): string {
  return `${READER_VERSION}, llama.cpp ${llamaSource().tag}`;
}

/** A header takes milliseconds, and llama.cpp's check of it up to a second; on a sleeping disk, seconds. Nobody waits longer than this. */
const TIMEOUT_MS = 60_000;
/** An idle worker holds some 60 MB; starting one takes part of a second. */
const IDLE_MS = 20_000;

/** What a header says about its file. */
export type Reading = {
  readonly details: ModelEntry['details'];
  readonly reason: ModelEntry['reason'];
  readonly state: Exclude<ModelEntry['state'], 'reading'>;
  /** `general.name`; null: none. */
  readonly title: string | null;
  /** Why the file is not usable. */
  readonly error: WinnowError | null;
  /** Whether reading the same file again will give the same result. */
  readonly isLasting: boolean;
};

export class HeaderReader {
  readonly #host: WorkerHost;
  readonly #timeoutMs: number;
  #worker: Backend | null = null;
  #idle: NodeJS.Timeout | undefined;
  /** Settles when the current file is done: only one is read at a time, so that a worker's death can be blamed on it. */
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(host: WorkerHost, { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {}) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Reports what the file is; a file that cannot be opened is `unusable`. No file is `ready` unless llama.cpp would load it.
   * @throws WinnowError BACKEND_CRASHED when no worker starts; CANCELLED when the reader was closed
   */
  async read(path: string): Promise<Reading> {
    try {
      const model = await this.headers(path);
      if (model.info.prunable.ok) await this.#withWorker(path, (worker) => requireLoadable(model.info, worker));
      return toReading(model);
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code === 'CANCELLED' || diedOfTheSystem(error)) throw error;
      return unusable(error, path);
    }
  }

  /** @throws WinnowError as `openModelFiles` and `readModel`; FILE_UNREADABLE also if the disk fails */
  async headers(path: string): Promise<ReadModel> {
    const files = await openModelFiles(path).catch((error: unknown) => {
      if (error instanceof WinnowError || errorCode(error) === '') throw error;
      throw new WinnowError(
        'FILE_UNREADABLE',
        msg('modelUnreadable', { path, reason: readProblem(error) }),
        { path },
        error,
      );
    });
    return this.#withWorker(path, (worker) => readModel(files, worker));
  }

  /** The hash by which lists know the model. @throws WinnowError as `openModel` */
  async sampled(path: string): Promise<string> {
    const { info, headers } = await this.#withWorker(path, (worker) => openModel(path, worker));
    return sampledFingerprint(modelFiles(info, headers), headers);
  }

  /** Ends the reader; current and waiting reads end with CANCELLED. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#stopWorker();
  }

  async #stopWorker(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.close();
  }

  #withWorker<T>(path: string, work: (worker: Backend) => Promise<T>): Promise<T> {
    const result = this.#tail.then(() => this.#run(path, work));
    this.#tail = result.catch(() => undefined); // a failure is the caller's to handle
    return result;
  }

  async #run<T>(path: string, work: (worker: Backend) => Promise<T>): Promise<T> {
    this.#throwIfClosed();
    clearTimeout(this.#idle);
    // if the worker died while nothing was read, no file is to blame
    if (this.#worker === null || this.#worker.hasEnded) this.#worker = new Backend('off', this.#host);
    const worker = this.#worker;
    let late: AbortSignal | undefined;
    try {
      // the time that a process takes to start says nothing about the file
      await worker.started();
      late = AbortSignal.timeout(this.#timeoutMs);
      late.onabort = () => this.#abandon(worker);
      return await work(worker);
    } catch (error) {
      this.#throwIfClosed();
      if (hasCrashed(error)) this.#abandon(worker);
      if (!late?.aborted) throw error;
      const said = msg('headerTimeout', { path, seconds: this.#timeoutMs / 1000 });
      throw new WinnowError('FILE_UNREADABLE', said, { path }, error);
    } finally {
      if (late) late.onabort = null;
      this.#idle = setTimeout(() => void this.#stopWorker(), IDLE_MS).unref();
    }
  }

  #throwIfClosed(): void {
    if (this.#isClosed) throw new WinnowError('CANCELLED', msg('closedWhileReading'));
  }

  /** Ends a worker; the next file gets a new one. */
  #abandon(worker: Backend): void {
    if (this.#worker === worker) this.#worker = null;
    void worker.close();
  }
}

function hasCrashed(error: unknown): boolean {
  if (!(error instanceof WinnowError)) return false;
  return error.code === 'BACKEND_CRASHED' || hasCrashed(error.cause);
}

function toReading({ info, kv }: ReadModel): Reading {
  const { prunable } = info;
  const details = modelDetailsSchema.parse({
    ...info,
    nextnLayers: info.nextnLayers.length,
    ...(kv[WINNOW_KEYS.quantised] !== undefined && { mixed: true }),
    provenance: readProvenance(kv, info.nExpert),
  });
  const title = info.name === '' ? null : info.name;
  const usable = { details, title, error: null, isLasting: true };
  if (prunable.ok) return { state: 'ready', reason: null, ...usable };
  if (isDense(info)) return { state: 'dense', reason: msg('denseModel'), ...usable };
  return { state: 'refused', reason: msg('refusedModel', { reason: prunable.reason }), ...usable };
}

/** Codes of failures whose cause is not in the bytes of the file. */
const PASSING: readonly WinnowError['code'][] = [
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE',
  'SPLIT_INCOMPLETE',
  'BACKEND_CRASHED',
];

function unusable(error: WinnowError, path: string): Reading {
  return {
    state: 'unusable',
    reason: toReason(error, path),
    details: null,
    title: null,
    error,
    isLasting: !PASSING.includes(error.code),
  };
}

/** The reason for an error, worded for a place that already shows the file's path. */
function toReason(error: WinnowError, path: string): Sentence {
  const parts = partPaths(path);
  return withTexts(sentenceBy(error), (text, within) => {
    if (text === path) return beginsWith(within, 'path') ? msg('fileFirst') : msg('fileWithin');
    return parts.reduce((shortened, part) => shortened.replaceAll(part, basename(part)), text);
  });
}

const selection = z.object({ demos: z.array(z.object({ domain: z.string() })) });

/**
 * The origin of a file, by key: winnow.source.name, winnow.source.fingerprint, winnow.source.expert_count and winnow.criterion; for
 * experts with fewer neurons than the source's, winnow.source.expert_width and winnow.expert_width, as stated in the file;
 * winnow.domains, names separated by commas; winnow.kept, experts per layer. null: Winnow did not write the file.
 */
export function readProvenance(kv: GgufKeys, nExpert: number): Record<string, string> | null {
  const source = keyString(kv, WINNOW_KEYS.sourceName);
  if (source === null) return null;
  const facts: Record<string, string | number | null> = {
    [WINNOW_KEYS.sourceName]: source,
    [WINNOW_KEYS.sourceFingerprint]: keyString(kv, WINNOW_KEYS.sourceFingerprint),
    [WINNOW_KEYS.sourceExpertCount]: keyInteger(kv, WINNOW_KEYS.sourceExpertCount),
    [WINNOW_KEYS.sourceExpertWidth]: keyInteger(kv, WINNOW_KEYS.sourceExpertWidth),
    [WINNOW_KEYS.expertWidth]: keyInteger(kv, WINNOW_KEYS.expertWidth),
    [WINNOW_KEYS.criterion]: keyString(kv, WINNOW_KEYS.criterion),
    'winnow.domains': joinDomains(keyString(kv, WINNOW_KEYS.selection)),
    'winnow.kept': nExpert,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([key, value]) => (value === null || value === '' ? [] : [[key, String(value)]])),
  );
}

/** The repair of the experts' down matrices; null: there was none, or another program changed what the file states. */
export function readRepair(kv: GgufKeys): PublishedRepair | null {
  const { data } = repairFactsSchema.safeParse(parsedJson(keyString(kv, WINNOW_KEYS.repair) ?? ''));
  return data ? publishedRepair(data) : null;
}

/** @param json null: the file has no such key; another program may have changed its form */
function joinDomains(json: string | null): string | null {
  const { data } = selection.safeParse(parsedJson(json ?? ''));
  const domains = data?.demos.map(({ domain }) => domain).filter((domain) => domain !== '');
  return domains?.join(', ') ?? null;
}
