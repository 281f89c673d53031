// How far a search is: its phases one after the other, each with a count of its own, and a share of the whole that never goes back.
import type { FitPhase } from '../../../contract/fit.ts';
import type { Task, TaskStep } from '../../store/task.ts';

/** Likely seconds of each phase; 0: there is nothing to do in it. */
export type FitSeconds = Readonly<Record<FitPhase, number>>;

/** Phases whose own progress says how far they are; the others count what they have done. */
const TOLD_BY_PROGRESS: readonly FitPhase[] = ['scoring', 'writing'];
/** Where in the work on one file its steps lie, about. */
const WITHIN_A_FILE: Readonly<Record<string, readonly [from: number, to: number]>> = {
  making: [0, 0.2],
  recording: [0.2, 0.5],
  repairing: [0.5, 0.7],
  judging: [0.7, 0.8],
  measuring: [0.8, 1],
};
const WHOLE = 1000;

export class SearchProgress {
  /** Of the work in a phase: its steps are told as what is done of that, and it counts nothing for the whole. */
  readonly task: Task;
  readonly #outer: Task;
  readonly #seconds: Record<FitPhase, number>;
  #phase: FitPhase = 'scoring';
  #done = 0;
  #total = 0;
  #foreseen = 0;
  /** Of the one that is under way. */
  #share = 0;
  #within: string | undefined;
  #furthest = 0;

  constructor(task: Task, seconds: FitSeconds) {
    this.#outer = task;
    this.#seconds = { ...seconds };
    this.task = {
      ...task,
      progress: (done, total) => TOLD_BY_PROGRESS.includes(this.#phase) && total > 0 && this.#reach(done / total),
      about: ({ step, ...note }) => {
        if (Object.keys(note).length > 0) task.about(note);
        if (step) this.#stepWithin(step);
      },
    };
  }

  /**
   * @param total that are to be done in it; 0: nothing to count
   * @param foreseen as many as the plan says: its time is for those
   */
  begin(phase: FitPhase, total: number, foreseen = total): void {
    this.#phase = phase;
    this.#foreseen = foreseen;
    if (foreseen > 0) this.#seconds[phase] *= total / foreseen;
    this.count(0, total);
  }

  /** So many are done in this phase. @param total as many as are known to be needed by now; default: as before */
  count(done: number, total = this.#total): void {
    [this.#done, this.#total] = [done, total];
    this.#within = undefined;
    this.#reach(0);
    this.#tell();
  }

  #stepWithin({ key, done, total }: TaskStep): void {
    if (key === this.#phase) {
      [this.#done, this.#total, this.#foreseen, this.#within] = [done, total, total, undefined];
      this.#tell();
      return;
    }
    const span = this.#phase === 'trying' ? WITHIN_A_FILE[key] : undefined;
    if (span && total > 0)
      this.#reach(Math.max(this.#share, span[0] + (span[1] - span[0]) * Math.min(1, done / total)));
    if (this.#within === key) return;
    this.#within = key;
    this.#tell();
  }

  /** @param share of what is under way: the phase, where its progress tells that, or one of what it counts */
  #reach(share: number): void {
    this.#share = share;
    const ofPhase = TOLD_BY_PROGRESS.includes(this.#phase) ? share : (this.#done + share) / Math.max(1, this.#total);
    let before = 0;
    let whole = 0;
    for (const [phase, seconds] of Object.entries(this.#seconds)) {
      if (phase === this.#phase) before = whole + seconds * Math.min(1, ofPhase);
      whole += seconds;
    }
    this.#furthest = Math.max(this.#furthest, Math.round((WHOLE * before) / Math.max(whole, Number.MIN_VALUE)));
    this.#outer.progress(this.#furthest, WHOLE, 'permille');
  }

  #tell(): void {
    const isCounted = !TOLD_BY_PROGRESS.includes(this.#phase);
    this.#outer.about({
      step: {
        key: this.#phase,
        done: isCounted ? Math.min(this.#done + 1, this.#total) : this.#done,
        total: this.#total,
        ...(this.#total > this.#foreseen && { foreseen: this.#foreseen }),
        ...(this.#within !== undefined && { within: this.#within }),
      },
    });
  }
}
