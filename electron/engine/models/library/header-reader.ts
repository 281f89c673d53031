// Reads model headers for the library, in a worker process: llama.cpp may end on a hostile file, and that must cost no
// more than this file's place in the list.
import { basename } from 'node:path';
import { modelDetailsSchema, type ModelEntry } from '../../../contract/api/library.ts';
import { sentenceBy, WinnowError } from '../../../contract/errors.ts';
import { beginsWith, say, withTexts, type Sentence } from '../../../contract/sentences.ts';
import { llamaSource } from '../../../../native/index.ts';
import { Backend } from '../../base/backend/backend.ts';
import { diedOfTheSystem } from '../../base/backend/worker-client.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { errnoOf } from '../../base/files/errno.ts';
import { readProblem } from '../../base/files/user-files.ts';
import { requireLoadable } from '../check-load.ts';
import { filesOf, isDense, openModel, readModel, type ReadModel } from '../inspect.ts';
import { openModelFiles, partPaths } from '../model-files.ts';
import { sampledFingerprint } from '../sampled-fingerprint.ts';
import { QUANTISED_KEY } from '../gguf-keys.ts';
import { provenanceOf } from './provenance.ts';

/** Raise it when headers are to be read again although the files stay the same, as after a change of the rules. */
const READER_VERSION = 4;

/** What judged a header: another llama.cpp knows other architectures. */
export function readerName(): string {
  return `${READER_VERSION}, llama.cpp ${llamaSource().tag}`;
}

/** A header takes milliseconds, llama.cpp's check of it up to a second. Behind a sleeping disk it takes seconds; after this long, nobody waits for it. */
const TIMEOUT_MS = 60_000;
/** An idle worker holds some 60 MB; starting one takes part of a second. */
const IDLE_MS = 20_000;

/** What a header says of its file. */
export type Reading = Pick<ModelEntry, 'details' | 'reason'> & {
  readonly state: Exclude<ModelEntry['state'], 'reading'>;
  /** `general.name`; null: none. */
  readonly title: string | null;
  /** Why the file is not usable. */
  readonly error: WinnowError | null;
  /** Whether the same file will read the same next time. */
  readonly isLasting: boolean;
};

export class HeaderReader {
  readonly #host: WorkerHost;
  readonly #timeoutMs: number;
  #worker: Backend | null = null;
  #idle: NodeJS.Timeout | undefined;
  /** Settles when the file that is read now is done: a worker that dies must be the fault of one file. */
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(host: WorkerHost, { timeoutMs = TIMEOUT_MS }: { readonly timeoutMs?: number } = {}) {
    this.#host = host;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Says what the file is; a file that cannot be opened is `unusable`. None is `ready` that llama.cpp would not load.
   * @throws WinnowError BACKEND_CRASHED when no worker starts; CANCELLED when the reader was closed
   */
  async read(path: string): Promise<Reading> {
    try {
      const model = await this.headers(path);
      if (model.info.prunable.ok) await this.#withWorker(path, (worker) => requireLoadable(model.info, worker));
      return readingOf(model);
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code === 'CANCELLED' || diedOfTheSystem(error)) throw error;
      return unusable(error, path);
    }
  }

  /** @throws WinnowError as `openModelFiles` and `readModel`; FILE_UNREADABLE also where the disk fails */
  async headers(path: string): Promise<ReadModel> {
    const files = await openModelFiles(path).catch((error: unknown) => {
      if (error instanceof WinnowError || errnoOf(error) === '') throw error;
      throw new WinnowError(
        'FILE_UNREADABLE',
        say('modelUnreadable', { path, reason: readProblem(error) }),
        { path },
        error,
      );
    });
    return this.#withWorker(path, (worker) => readModel(files, worker));
  }

  /** What lists know the model by. @throws WinnowError as `openModel` */
  async sampled(path: string): Promise<string> {
    const { info, headers } = await this.#withWorker(path, (worker) => openModel(path, worker));
    return sampledFingerprint(filesOf(info, headers), headers);
  }

  /** What is read now, and what waits, ends with CANCELLED. */
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
    // one that died while nothing was read is no file's fault
    if (this.#worker === null || this.#worker.hasEnded) this.#worker = new Backend('off', this.#host);
    const worker = this.#worker;
    let late: AbortSignal | undefined;
    try {
      // how long a process takes to start says nothing about the file
      await worker.started();
      late = AbortSignal.timeout(this.#timeoutMs);
      late.onabort = () => this.#abandon(worker);
      return await work(worker);
    } catch (error) {
      this.#throwIfClosed();
      if (diedOf(error)) this.#abandon(worker);
      if (!late?.aborted) throw error;
      const said = say('headerTimeout', { path, seconds: this.#timeoutMs / 1000 });
      throw new WinnowError('FILE_UNREADABLE', said, { path }, error);
    } finally {
      if (late) late.onabort = null;
      this.#idle = setTimeout(() => void this.#stopWorker(), IDLE_MS).unref();
    }
  }

  #throwIfClosed(): void {
    if (this.#isClosed) throw new WinnowError('CANCELLED', say('closedWhileReading'));
  }

  /** The next file gets a new worker. */
  #abandon(worker: Backend): void {
    if (this.#worker === worker) this.#worker = null;
    void worker.close();
  }
}

function diedOf(error: unknown): boolean {
  if (!(error instanceof WinnowError)) return false;
  return error.code === 'BACKEND_CRASHED' || diedOf(error.cause);
}

function readingOf({ info, headers }: ReadModel): Reading {
  const { prunable } = info;
  const details = modelDetailsSchema.parse({
    ...info,
    nextnLayers: info.nextnLayers.length,
    ...(headers[0]?.kv[QUANTISED_KEY] !== undefined && { mixed: true }),
    provenance: provenanceOf(headers[0]?.kv ?? {}, info.nExpert),
  });
  const title = info.name === '' ? null : info.name;
  const usable = { details, title, error: null, isLasting: true };
  if (prunable.ok) return { state: 'ready', reason: null, ...usable };
  if (isDense(info)) return { state: 'dense', reason: say('denseModel'), ...usable };
  return { state: 'refused', reason: say('refusedModel', { reason: prunable.reason }), ...usable };
}

/** Failures that do not lie in the bytes of the file. */
const PASSING: readonly WinnowError['code'][] = [
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE',
  'SPLIT_INCOMPLETE',
  'BACKEND_CRASHED',
];

function unusable(error: WinnowError, path: string): Reading {
  return {
    state: 'unusable',
    reason: reasonOf(error, path),
    details: null,
    title: null,
    error,
    isLasting: !PASSING.includes(error.code),
  };
}

/** What the error says, for a place where the file's path stands already. */
function reasonOf(error: WinnowError, path: string): Sentence {
  const parts = partPaths(path);
  return withTexts(sentenceBy(error), (text, within) => {
    if (text === path) return beginsWith(within, 'path') ? say('fileFirst') : say('fileWithin');
    return parts.reduce((shortened, part) => shortened.replaceAll(part, basename(part)), text);
  });
}
