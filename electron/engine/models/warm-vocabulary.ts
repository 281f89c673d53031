// Keeps one model's tokenizer loaded for a while: it is needed again and again while a user looks at one demo after another.
import { stat } from 'node:fs/promises';
import { saidBy, WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { Backend } from '../base/backend/backend.ts';
import { loadVocabulary, type LoadedModel } from '../base/backend/load-files.ts';
import { untilAborted } from '../base/backend/until-aborted.ts';
import type { WorkerHost } from '../base/backend/worker-host.ts';
import { openModelFiles } from './model-files.ts';

const IDLE_MS = 20_000;

export type Vocabulary = { readonly backend: Backend; readonly model: LoadedModel };

type Entry = {
  readonly key: string;
  readonly backend: Backend;
  readonly model: Promise<LoadedModel>;
  users: number;
  idle: NodeJS.Timeout | undefined;
};

export class WarmVocabulary {
  readonly #host: WorkerHost;
  readonly #idleMs: number;
  #entry: Entry | null = null;

  constructor(host: WorkerHost, idleMs = IDLE_MS) {
    this.#host = host;
    this.#idleMs = idleMs;
  }

  /**
   * Lends the tokenizer of a model.
   * @param path of the model
   * @param work may use the tokenizer until its promise settles
   * @throws WinnowError as openModelFiles and loadVocabulary; BACKEND_CRASHED; the signal's reason, at once
   */
  async use<T>(path: string, work: (vocabulary: Vocabulary) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const parts = (await openModelFiles(path)).map((file) => file.path);
    const key = await versionKey(parts);
    signal?.throwIfAborted();
    return untilAborted(this.#lend(this.#entryFor(key, { path, parts }), path, work), signal);
  }

  /** Ends the worker; one that is still loading ends as soon as it can. */
  close(): void {
    const entry = this.#entry;
    this.#entry = null;
    if (entry) this.#end(entry);
  }

  #entryFor(key: string, files: { path: string; parts: string[] }): Entry {
    const current = this.#entry;
    if (current?.key === key && !current.backend.hasEnded) return current;
    const backend = new Backend('off', this.#host);
    const entry: Entry = { key, backend, model: loadVocabulary(backend, files), users: 0, idle: undefined };
    this.#entry = entry;
    if (current?.users === 0) this.#end(current);
    return entry;
  }

  async #lend<T>(entry: Entry, path: string, work: (vocabulary: Vocabulary) => Promise<T>): Promise<T> {
    clearTimeout(entry.idle);
    entry.users++;
    let loaded = false;
    try {
      const model = await entry.model;
      loaded = true;
      return await work({ backend: entry.backend, model });
    } catch (error) {
      const crashed = error instanceof WinnowError && error.code === 'BACKEND_CRASHED';
      if ((crashed || !loaded) && this.#entry === entry) this.#entry = null;
      if (!crashed || !loaded) throw error;
      throw new WinnowError(error.code, say('tokenizerFailed', { path, reason: saidBy(error) }), error.details, error);
    } finally {
      entry.users--;
      this.#rest(entry);
    }
  }

  /** Ends a worker that is no longer needed, or lets it idle for a while. */
  #rest(entry: Entry): void {
    if (entry.users > 0) return;
    if (this.#entry === entry) entry.idle = setTimeout(() => this.close(), this.#idleMs).unref();
    else this.#end(entry);
  }

  #end(entry: Entry): void {
    clearTimeout(entry.idle);
    void entry.backend.close();
  }
}

/** A key that changes if the files under the same names change. */
async function versionKey(parts: readonly string[]): Promise<string> {
  const stats = await Promise.all(parts.map((part) => stat(part)));
  return JSON.stringify(stats.map(({ size, mtimeMs }, i) => [parts[i], size, mtimeMs]));
}
