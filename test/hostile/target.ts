// What every kind of hostile file has in common: inputs by number, and a verdict on what Winnow made of each.
import type { Random } from './random.ts';

/** How Winnow took one input. */
export type Verdict = {
  /** Counted apart in the figures: a format, a way of damage. */
  readonly kind: string;
  /** "read" or the code of the WinnowError; for the figures. */
  readonly end: string;
  /** What must not be, in words; null: all is well. */
  readonly finding: string | null;
};

/** Where the inputs of one process lie and what serves them. */
export type OpenTarget = {
  /** Makes what takes long to make, before the time runs. */
  prepare?(index: number): void;
  /**
   * Makes one input, gives it to Winnow and judges the result. Throws only where Winnow threw what it must not.
   * The input's files are left in the target's folder until the next one.
   * @param index of the input; `random` follows from it, so only targets that are lists need it
   */
  tryInput(random: Random, index: number): Promise<Verdict>;
  /** Processes that work for this one: their memory counts too. */
  readonly pids?: () => readonly number[];
  close(): Promise<void>;
};

export type Target = {
  /** @param folder empty, for the files of the input being tried */
  open(folder: string): Promise<OpenTarget>;
};

/** Targets by name. Each is loaded when its first input is tried. */
export type TargetTable = Readonly<Record<string, () => Promise<Target>>>;
