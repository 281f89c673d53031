// What became of a file in each program that it was opened in.
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

/** The newest first, one of each program. */
export function withOpening(openings: readonly Opening[], next: Opening): readonly Opening[] {
  return [next, ...withoutOpening(openings, next.program)];
}

export function withoutOpening(openings: readonly Opening[], program: Program): readonly Opening[] {
  return openings.filter((one) => one.program !== program);
}

/** Those of this page, and below them what the engine still knows of: the page was loaded anew since. */
export function withKept(openings: readonly Opening[], kept: CallResult<'programs.opened'>): readonly Opening[] {
  const others = kept.filter(({ program }) => openings.every((one) => one.program !== program));
  return [...openings, ...others.map((opened) => ({ program: opened.program, opened, error: null, cancel }))];
}

function cancel(): void {}
