// Files being opened in other programs, and the outcome: the work goes on, and the outcome stays readable, whatever screen is shown.
import { create } from 'zustand';
import type { Opened, Program } from '../../electron/contract/api/programs.ts';
import { errorToData, type ErrorData } from '../../electron/contract/errors.ts';
import { callEngine } from '../state/calls.ts';

export type Opening = {
  readonly program: Program;
  readonly opened: Opened | null;
  readonly error: ErrorData | null;
  readonly cancel: () => void;
};

type Openings = { readonly byExport: Readonly<Record<number, readonly Opening[]>> };

const useAllOpenings = create<Openings>()(() => ({ byExport: {} }));
const NONE: readonly Opening[] = [];

/** Returns the latest opening in each program, the newest first. */
export function useOpenings(exportId: number): readonly Opening[] {
  return useAllOpenings(({ byExport }) => byExport[exportId] ?? NONE);
}

export function isOpening({ opened, error }: Opening): boolean {
  return opened === null && error === null;
}

/** Opens a file in a program. @param folder the program's, if the user named one */
export async function openFileIn(program: Program, exportId: number, folder: string | null): Promise<void> {
  const abort = new AbortController();
  const set = (news: readonly Opening[]): void =>
    useAllOpenings.setState(({ byExport }) => {
      const others = (byExport[exportId] ?? NONE).filter((one) => one.program !== program);
      return { byExport: { ...byExport, [exportId]: [...news, ...others] } };
    });
  const begun = { program, opened: null, error: null, cancel: () => abort.abort() };
  set([begun]);
  try {
    const file = { kind: 'export', exportId } as const;
    set([{ ...begun, opened: await callEngine('programs.open', { file, program, folder }, abort.signal) }]);
  } catch (error) {
    set(abort.signal.aborted ? [] : [{ ...begun, error: errorToData(error) }]);
  }
}
