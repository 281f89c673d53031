// What a running job reports: progress and log lines, written to the database now and then, told at once.
import type { Store } from '../store/database.ts';
import { addSample, estimate, startThroughput, type Estimate, type Throughput } from './eta.ts';
import { saveProgress } from './job-table.ts';
import type { JobId, JobProgress, ProgressUnit } from './job.ts';

const LOG_LINES = 200;
/** A handler may report every ubatch or block; a disk write for each would slow it down. */
const WRITE_EVERY_MS = 500;

export class JobRecorder {
  readonly #store: Store;
  readonly #id: JobId;
  readonly #clock: () => number;
  readonly #lines: string[] = [];
  #progress: JobProgress = { done: 0, total: 0, unit: 'tokens' };
  #throughput: Throughput | undefined;
  #writtenMs: number;

  /** @param clock milliseconds */
  constructor(store: Store, id: JobId, clock: () => number) {
    this.#store = store;
    this.#id = id;
    this.#clock = clock;
    this.#writtenMs = clock();
  }

  get progress(): JobProgress {
    return this.#progress;
  }

  /** The last lines, joined. */
  get log(): string {
    return this.#lines.join('\n');
  }

  /** @returns throughput and time left, as far as they can be told */
  report(done: number, total: number, unit: ProgressUnit): Estimate {
    const nowMs = this.#clock();
    this.#throughput =
      this.#throughput && this.#progress.unit === unit
        ? addSample(this.#throughput, nowMs, done)
        : startThroughput(nowMs, done);
    this.#progress = { done, total, unit };
    this.#writeIfDue(nowMs);
    return estimate(this.#throughput, total);
  }

  addLine(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > LOG_LINES) this.#lines.shift();
    this.#writeIfDue(this.#clock());
  }

  #writeIfDue(nowMs: number): void {
    if (nowMs - this.#writtenMs < WRITE_EVERY_MS) return;
    this.#writtenMs = nowMs;
    try {
      saveProgress(this.#store, this.#id, this.#progress, this.log);
    } catch {
      // progress is a courtesy: a full or locked disk must not fail the work, whose end is written all the same
    }
  }
}
