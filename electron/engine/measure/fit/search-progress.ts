// Reports the progress of a search: its phases one after the other, each with its own count, a share of the whole that never decreases, and
// the time left.
import type { JobView } from '../../../contract/api/jobs.ts';
import { FIT_PHASES, type FitPhase } from '../../../contract/fit.ts';
import type { Task } from '../../store/task.ts';
import { TimeLeft } from './time-left.ts';

/** Likely seconds of the work on one file. */
type FileSeconds = {
  readonly making: number;
  /** Seconds to record the full model, towards which all files are repaired. */
  readonly recording: number;
  readonly repairing: number;
  readonly measuring: number;
  /** Number of times that a model reads a text. */
  readonly readings: number;
};

/** Likely seconds of each item of a phase, in order; empty: the phase has nothing to do. */
export type FitSeconds = Readonly<Record<FitPhase, readonly (number | FileSeconds)[]>>;

/** Parts of the work on a file, and, for each step, its part and roughly where in that part it lies. */
const PARTS = ['making', 'recording', 'repairing', 'measuring'] as const;
type Part = (typeof PARTS)[number];
const STEPS: Readonly<Record<string, { readonly of: Part; readonly from: number; readonly to: number }>> = {
  making: { of: 'making', from: 0, to: 1 },
  recording: { of: 'recording', from: 0, to: 1 },
  repairing: { of: 'repairing', from: 0, to: 0.7 },
  judging: { of: 'repairing', from: 0.7, to: 1 },
};
const WHOLE = 1000;

export class SearchProgress {
  /** The task for the work in a phase: its steps are reported within the phase, not as steps of the whole. */
  readonly task: Task;
  readonly #outer: Task;
  readonly #seconds: FitSeconds;
  readonly #time: TimeLeft;
  #phase: FitPhase = 'scoring';
  /** Index of the current item; the shares that it and its parts have reached; and the readings that have ended. */
  #at = 0;
  #share = 0;
  #parts: Readonly<Partial<Record<Part, number>>> = {};
  #read = { ended: 0, share: 0 };
  /** The reported count. */
  #count = { done: 0, total: 0, foreseen: 0 };
  #within: string | undefined;
  #furthest = 0;

  /** @param now monotonic time in milliseconds */
  constructor(task: Task, seconds: FitSeconds, now: () => number = () => performance.now()) {
    this.#outer = task;
    this.#seconds = seconds;
    this.#time = new TimeLeft(new Map(FIT_PHASES.map((phase) => [phase, seconds[phase].map(secondsOf)])), now);
    this.task = {
      ...task,
      progress: (done, total) => this.#isToldByProgress && total > 0 && this.#reach(done / total),
      about: ({ step, ...note }) => {
        if (Object.keys(note).length > 0) task.about(note);
        if (step) this.#stepWithin(step);
      },
    };
    task.about({ timeLeft: () => this.#time.told() });
  }

  /**
   * Begins a phase.
   * @param total number of items in it; 0: there is nothing to count
   * @param foreseen number of items in the plan
   */
  begin(phase: FitPhase, total: number, foreseen = total): void {
    this.#phase = phase;
    this.#count = { done: 0, total, foreseen };
    this.#time.begin(phase, total);
    this.#goTo(0);
  }

  /** Sets the number of finished items of this phase. @param total items known to be needed by now; default: as before */
  count(done: number, total = this.#count.total): void {
    this.#count = { ...this.#count, done, total };
    this.#time.plan(total);
    this.#goTo(done);
  }

  #goTo(at: number): void {
    this.#at = at;
    [this.#share, this.#parts, this.#read, this.#within] = [0, {}, { ended: 0, share: 0 }, undefined];
    this.#reach(0);
    this.#tell();
  }

  /** Whether the current work reports progress itself. Counted work, and work on a file, reports it through steps. */
  get #isToldByProgress(): boolean {
    return this.#phase === 'scoring' || (this.#phase === 'writing' && this.#at > 0);
  }

  #stepWithin({ key, done, total }: NonNullable<JobView['step']>): void {
    if (key === this.#phase) {
      this.#count = { done, total, foreseen: total };
      this.#within = undefined;
      this.#tell();
      return;
    }
    const of = this.#seconds[this.#phase][this.#at];
    if (typeof of === 'object' && total > 0) this.#reach(this.#shareOf(of, key, Math.min(1, done / total)));
    if (this.#within === key) return;
    this.#within = key;
    this.#tell();
  }

  /** The share of an item. Its parts come in any order: a model is read before a file is made, and between texts. @param share of the step */
  #shareOf(of: FileSeconds, key: string, share: number): number {
    const step = key === 'measuring' ? this.#reading(of, share) : STEPS[key];
    if (step === undefined) return 0;
    const reached = step.from + (step.to - step.from) * share;
    this.#parts = { ...this.#parts, [step.of]: Math.max(this.#parts[step.of] ?? 0, reached) };
    const seconds = PARTS.reduce((all, part) => all + of[part] * (this.#parts[part] ?? 0), 0);
    return seconds / Math.max(Number.MIN_VALUE, secondsOf(of));
  }

  /** The step of a reading. The next reading has begun when the share decreases. */
  #reading({ readings }: FileSeconds, share: number): (typeof STEPS)[string] {
    const ended = this.#read.ended + (share < this.#read.share ? 1 : 0);
    this.#read = { ended, share };
    return { of: 'measuring', from: Math.min(1, ended / readings), to: Math.min(1, (ended + 1) / readings) };
  }

  /** Reports a share. @param share share of the current item */
  #reach(share: number): void {
    this.#share = Math.max(this.#share, share);
    this.#time.reach(this.#at, this.#share);
    this.#furthest = Math.max(this.#furthest, Math.round(WHOLE * this.#time.share));
    this.#outer.progress(this.#furthest, WHOLE, 'permille');
  }

  #tell(): void {
    const { done, total, foreseen } = this.#count;
    const isCounted = this.#phase !== 'scoring' && this.#phase !== 'writing';
    this.#outer.about({
      step: {
        key: this.#phase,
        done: isCounted ? Math.min(done + 1, total) : done,
        total,
        ...(total > foreseen && { foreseen }),
        ...(this.#within !== undefined && { within: this.#within }),
      },
    });
  }
}

function secondsOf(one: number | FileSeconds): number {
  return typeof one === 'number' ? one : PARTS.reduce((all, part) => all + one[part], 0);
}

/** Seconds of a phase. */
export function secondsOfPhase<Phase extends FitPhase>(seconds: Pick<FitSeconds, Phase>, phase: Phase): number {
  return seconds[phase].reduce<number>((all, one) => all + secondsOf(one), 0);
}
