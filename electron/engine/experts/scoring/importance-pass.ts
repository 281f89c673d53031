// The importance matrix that a scoring pass collects beside the scores. The worker holds its sums, which may be hundreds of
// megabytes; they are fetched and saved only from time to time.
import type { Backend } from '../../base/backend/backend.ts';
import type { ImportanceInput } from '../../store/run-importance.ts';

/** Saving takes at most one part of the time in this many. */
const PASS_PER_SAVING = 30;

/** Where the matrix is stored, and what an earlier, interrupted pass has left there. */
export type ImportanceSink = {
  /** 0-based positions of the demos that the stored matrix has seen. */
  readonly seen: readonly number[];
  load(): ImportanceInput[];
  /** @param demos those that it has seen since it was last saved */
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

  /** Gives the stored sums to the worker's model, so that the result is bit for bit the same as in one pass. */
  static async begin(sink: ImportanceSink, backend: Backend): Promise<ImportancePass> {
    await backend.call('setImportance', {
      inputs: sink.load().map(({ names, ...sums }) => ({ names: [...names], ...sums })),
    });
    return new ImportancePass(sink, backend);
  }

  /** Whether the stored matrix has seen the demo. */
  hasSeen(demo: number): boolean {
    return this.#seen.has(demo);
  }

  /** Saves, if the last saving was long enough ago compared with the time that it took. */
  async packDone(demos: readonly number[]): Promise<void> {
    this.#unsaved.push(...demos);
    if (performance.now() - this.#savedAtMs >= PASS_PER_SAVING * this.#savingMs) await this.save();
  }

  /** @throws WinnowError GGUF_CORRUPT: the model computes values that are not numbers; STORE */
  async save(): Promise<void> {
    if (this.#unsaved.length === 0) return;
    const started = performance.now();
    this.#sink.save(await this.#backend.call('importance', {}), this.#unsaved);
    this.#unsaved.length = 0;
    this.#savedAtMs = performance.now();
    this.#savingMs = this.#savedAtMs - started;
  }
}
