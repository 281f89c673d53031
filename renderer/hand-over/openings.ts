// The outcome for a file in each program that it was opened in.
import type { Program } from '../../electron/contract/api/programs.ts';
import type { CallResult } from '../../electron/contract/api.ts';
import type { ErrorData } from '../../electron/contract/errors.ts';

export type Opening = {
  readonly program: Program;
  readonly opened: CallResult<'programs.open'> | null;
  readonly error: ErrorData | null;
  readonly cancel: () => void;
};

export function isOpening({ opened, error }: Opening): boolean {
  return opened === null && error === null;
}

/** Adds an opening to the list: the newest first, one per program. */
export function withOpening(openings: readonly Opening[], next: Opening): readonly Opening[] {
  return [next, ...withoutOpening(openings, next.program)];
}

export function withoutOpening(openings: readonly Opening[], program: Program): readonly Opening[] {
  return openings.filter((one) => one.program !== program);
}

/** Returns the openings of this page, followed by those that the engine still knows from before a reload. */
export function withKept(openings: readonly Opening[], kept: CallResult<'programs.opened'>): readonly Opening[] {
  const others = kept.filter(({ program }) => openings.every((one) => one.program !== program));
  return [...openings, ...others.map((opened) => ({ program: opened.program, opened, error: null, cancel }))];
}

function cancel(): void {}
