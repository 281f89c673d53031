// The importance matrix that a scoring pass collects beside the scores. The worker holds its sums; they come here to be
// saved now and then, as they may be hundreds of megabytes.
import type { Backend } from '../../base/backend/backend.ts';
import type { ImportanceInput } from '../../store/run-importance.ts';

/** Saving takes at most a share of one in so many of the time. */
const PASS_PER_SAVING = 30;

/** Where the matrix goes, and what an earlier, interrupted pass has left there. */
export type ImportanceSink = {
  /** 0-based places of the demos that the stored matrix has seen. */
  readonly seen: readonly number[];
  load(): ImportanceInput[];
  /** @param demos that it has seen since it was saved last */
  save(inputs: readonly ImportanceInput[], demos: readonly number[]): void;
};

export class ImportancePass {
  readonly #sink: ImportanceSink;
  readonly #backend: Backend;
  readonly #seen: ReadonlySet<number>;
  readonly #unsaved: number[] = [];
  #savedAtMs = performance.now();
  #savingMs = 0;

  private constructor(sink: ImportanceSink, backend: Backend) {
    this.#sink = sink;
    this.#backend = backend;
    this.#seen = new Set(sink.seen);
  }

  /** Gives the worker's model what is stored: sums go on to the same bits as in one pass. */
  static async begin(sink: ImportanceSink, backend: Backend): Promise<ImportancePass> {
    await backend.call('setImportance', {
      inputs: sink.load().map(({ names, ...sums }) => ({ names: [...names], ...sums })),
    });
    return new ImportancePass(sink, backend);
  }

  /** Whether the matrix that is stored has seen the demo. */
  hasSeen(demo: number): boolean {
    return this.#seen.has(demo);
  }

  /** Saves if the last time is long ago compared with the time that it took. */
  async packDone(demos: readonly number[]): Promise<void> {
    this.#unsaved.push(...demos);
    if (performance.now() - this.#savedAtMs >= PASS_PER_SAVING * this.#savingMs) await this.save();
  }

  /** @throws WinnowError GGUF_CORRUPT: a model that computes nonsense; STORE */
  async save(): Promise<void> {
    if (this.#unsaved.length === 0) return;
    const started = performance.now();
    this.#sink.save(await this.#backend.call('importance', {}), this.#unsaved);
    this.#unsaved.length = 0;
    this.#savedAtMs = performance.now();
    this.#savingMs = this.#savedAtMs - started;
  }
}
