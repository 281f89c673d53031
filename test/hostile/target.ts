// What all kinds of hostile files have in common: inputs by number, and a verdict on what Winnow made of each.
import type { Random } from './random.ts';

/** How Winnow took one input. */
export type Verdict = {
  /** Counted apart: a format, a way of damage. */
  readonly kind: string;
  /** "read" or the code of the WinnowError. */
  readonly end: string;
  /** What must not be, in words; null: all is well. */
  readonly finding: string | null;
};

export type OpenTarget = {
  /**
   * Makes one input, gives it to Winnow and judges the result. Throws only where Winnow threw what it must not.
   * The input's files lie alone in the target's folder until the next one.
   */
  tryInput(random: Random): Promise<Verdict>;
  /** Processes that work for this one: their memory counts too. */
  readonly pids?: () => readonly number[];
  /** @returns what must not be and shows only when all has been tried */
  close?(): Promise<string | null>;
};

/** @param folder empty, for the files of the input being tried */
export type Target = (folder: string) => OpenTarget | Promise<OpenTarget>;

/** What the parent asks of the process: to open the target, to try the input of that number, to close. */
export type Order = 'open' | number | 'close';
/** With the most memory that the process, or a worker of it, had meanwhile; 0 where the system does not say. */
export type Answer = Verdict & { readonly peakBytes: number };
