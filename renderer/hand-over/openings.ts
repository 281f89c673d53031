// What became of a file in each program that it was opened in.
import type { Program } from '../../electron/contract/api/programs.ts';
import type { CallResult } from '../../electron/contract/api.ts';
import type { ErrorData } from '../../electron/contract/errors.ts';

export type Opening = {
  readonly program: Program;
  readonly opened: CallResult<'programs.open'> | null;
  readonly error: ErrorData | null;
  /** Takes back what was made in the program, now or before: null: nothing was. */
  readonly undoId: number | null;
  readonly cancel: () => void;
};

export function isOpening({ opened, error }: Opening): boolean {
  return opened === null && error === null;
}

/** The newest first, one of each program. What was made there before can still be taken back when the file is found there again. */
export function withOpening(openings: readonly Opening[], next: Omit<Opening, 'undoId'>): readonly Opening[] {
  const before = openings.find(({ program }) => program === next.program);
  const undoId = next.opened?.undoId ?? before?.undoId ?? null;
  return [{ ...next, undoId }, ...withoutOpening(openings, next.program)];
}

export function withoutOpening(openings: readonly Opening[], program: Program): readonly Opening[] {
  return openings.filter((one) => one.program !== program);
}
