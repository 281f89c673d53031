// Reports the progress of a search: its phases one after the other, each with its own count, and a share of the whole that never decreases,
// by the planned seconds of the phases and the pace of this run so far.
import type { JobView } from '../../../contract/api/jobs.ts';
import { FIT_PHASES, type FitPhase } from '../../../contract/fit.ts';
import { sum } from '../../base/statistics/numbers.ts';
import type { Task } from '../../store/task.ts';

/** Likely seconds of each phase; 0: it has nothing to do. */
type FitSeconds = Readonly<Record<FitPhase, number>>;

/** Items of a phase: done, known to be needed by now, and planned. */
type Count = { readonly done: number; readonly total: number; readonly foreseen: number };

const WHOLE = 1000;
/** Weight of the plan against finished work, as a share of the planned time. */
const TRUST_IN_PLAN = 0.05;
/** Lower bound of the pace: nothing is assumed to be faster than this, relative to the plan. */
const LEAST_PACE = 0.5;
/** An item that takes longer than planned is told as almost done. */
const ALMOST = 0.95;

export class SearchProgress {
  /** The task for the work in a phase: its steps are reported within the phase, not as steps of the whole. */
  readonly task: Task;
  readonly #outer: Task;
  readonly #seconds: FitSeconds;
  readonly #now: () => number;
  readonly #startMs: number;
  #phase: FitPhase = 'scoring';
  #count: Count = { done: 0, total: 0, foreseen: 0 };
  #within: string | undefined;
  /** When the current item began, and the share of it that its work has told. */
  #itemMs: number;
  #told = 0;
  /** Real seconds for a planned one, by the items that are done. */
  #pace = 1;
  #furthest = 0;

  /** @param now monotonic time in milliseconds */
  constructor(task: Task, seconds: FitSeconds, now: () => number = () => performance.now()) {
    this.#outer = task;
    this.#seconds = seconds;
    this.#now = now;
    this.#startMs = this.#itemMs = now();
    this.task = {
      ...task,
      progress: (done, total) => this.#isToldByProgress && total > 0 && this.#reach(done / total),
      about: ({ step, ...note }) => {
        if (Object.keys(note).length > 0) task.about(note);
        if (step) this.#stepWithin(step);
      },
    };
  }

  /**
   * Begins a phase.
   * @param total number of items in it; 0: there is nothing to count
   * @param foreseen number of items in the plan
   */
  begin(phase: FitPhase, total: number, foreseen = total): void {
    this.#phase = phase;
    this.#beginItem({ done: 0, total, foreseen });
  }

  /** Sets the number of finished items of this phase. @param total items known to be needed by now; default: as before */
  count(done: number, total = this.#count.total): void {
    this.#beginItem({ ...this.#count, done, total });
  }

  #beginItem(count: Count): void {
    this.#count = count;
    [this.#told, this.#within, this.#itemMs] = [0, undefined, this.#now()];
    const trust = TRUST_IN_PLAN * this.#planned;
    const taken = (this.#itemMs - this.#startMs) / 1000;
    if (trust > 0) this.#pace = Math.max(LEAST_PACE, (taken + trust) / (this.#finished + trust));
    this.#reach(0);
    this.#tell();
  }

  /** Whether the current work reports progress itself. Counted work, and work on a file, does so by time. */
  get #isToldByProgress(): boolean {
    return this.#phase === 'scoring' || this.#phase === 'writing';
  }

  #stepWithin({ key, done, total }: NonNullable<JobView['step']>): void {
    if (key === this.#phase) {
      this.#count = { done, total, foreseen: total };
      this.#within = undefined;
      this.#tell();
      return;
    }
    this.#reach(0);
    if (this.#within === key) return;
    this.#within = key;
    this.#tell();
  }

  /** Planned seconds of the whole. */
  get #planned(): number {
    return sum(Object.values(this.#seconds));
  }

  /** Planned seconds of the phases and items that are done. */
  get #finished(): number {
    const earlier = FIT_PHASES.slice(0, FIT_PHASES.indexOf(this.#phase));
    const { done } = this.#count;
    return sum(earlier.map((phase) => this.#seconds[phase])) + (this.#isToldByProgress ? 0 : done * this.#itemSeconds);
  }

  /** Planned seconds of one item of the phase. */
  get #itemSeconds(): number {
    const { total } = this.#count;
    return this.#seconds[this.#phase] / (this.#isToldByProgress ? 1 : Math.max(1, total));
  }

  /** Planned seconds of the current item that are over. */
  get #over(): number {
    if (this.#isToldByProgress) return this.#told * this.#itemSeconds;
    const seconds = (this.#now() - this.#itemMs) / 1000 / this.#pace;
    return Math.min(ALMOST * this.#itemSeconds, seconds);
  }

  /** Reports how far the search is. @param share share of the current item */
  #reach(share: number): void {
    this.#told = Math.max(this.#told, Math.min(1, share));
    const reached = (this.#finished + this.#over) / Math.max(Number.MIN_VALUE, this.#planned);
    this.#furthest = Math.max(this.#furthest, Math.min(WHOLE, Math.round(WHOLE * reached)));
    this.#outer.progress(this.#furthest, WHOLE, 'permille');
  }

  #tell(): void {
    const { done, total, foreseen } = this.#count;
    this.#outer.about({
      step: {
        key: this.#phase,
        done: this.#isToldByProgress ? done : Math.min(done + 1, total),
        total,
        ...(total > foreseen && { foreseen }),
        ...(this.#within !== undefined && { within: this.#within }),
      },
    });
  }
}
