// What all that is tried has in common: inputs by number, and a verdict on what Winnow made of each.
import type { Random } from './random.ts';

/** How Winnow took one input. */
export type Verdict = {
  /** Counted apart in the figures: a format, a way of damage, a kind of work. */
  readonly kind: string;
  /** "read", "held" or the code of the WinnowError; for the figures. */
  readonly end: string;
  /** What must not be, in words; null: all is well. */
  readonly finding: string | null;
  /** Printed at once, for whoever waits. */
  readonly note?: string;
};

/** The end of an input that this machine cannot try. */
export const NOT_TRIED = 'not tried here';

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
  /** @returns what shows only when all has been tried */
  close(): Promise<readonly Verdict[]>;
};

export type Target = {
  /** @param folder empty, for the files of the input being tried */
  open(folder: string): Promise<OpenTarget>;
};

/** What one input may cost. */
export type Limits = {
  /** One that is not decided by then hangs. */
  readonly hangMs: number;
  /** Resident memory at its highest. */
  readonly memoryBytes: number;
  /** Whose: of the process or any of those that the target names, as they tell afterwards; or of the whole process group, watched. */
  readonly memoryOf: 'each' | 'all';
  /** After so many inputs another process goes on. */
  readonly inputsAProcess: number;
  /** How often one that costs too much is tried before that is a finding. */
  readonly tries: number;
};

/** Targets by name. Each is loaded when its first input is tried. */
export type TargetTable = Readonly<Record<string, { readonly load: () => Promise<Target>; readonly limits: Limits }>>;
