// Files on their way into other programs, and what came of it: it goes on, and stays to be read, whatever screen is shown.
import { create } from 'zustand';
import type { Program } from '../../electron/contract/api/programs.ts';
import type { CallResult } from '../../electron/contract/api.ts';
import { errorToData, type ErrorData } from '../../electron/contract/errors.ts';
import { callEngine } from '../state/calls.ts';

/** The last one of a file. */
export type Opening = {
  readonly program: Program;
  readonly opened: CallResult<'programs.open'> | null;
  readonly error: ErrorData | null;
  readonly cancel: () => void;
};

type Openings = { readonly byExport: Readonly<Record<number, Opening>> };

const useOpenings = create<Openings>()(() => ({ byExport: {} }));

export function useOpening(exportId: number): Opening | null {
  return useOpenings(({ byExport }) => byExport[exportId] ?? null);
}

export function isOpening({ opened, error }: Opening): boolean {
  return opened === null && error === null;
}

/** @param folder the program's, where the user named one */
export async function openFileIn(program: Program, exportId: number, folder: string | null): Promise<void> {
  const abort = new AbortController();
  const begun: Opening = { program, opened: null, error: null, cancel: () => abort.abort() };
  const set = (change: Partial<Opening>): void =>
    useOpenings.setState(({ byExport }) => ({ byExport: { ...byExport, [exportId]: { ...begun, ...change } } }));
  set({});
  try {
    set({
      opened: await callEngine('programs.open', { file: { kind: 'export', exportId }, program, folder }, abort.signal),
    });
  } catch (error) {
    if (abort.signal.aborted) forgetOpening(exportId);
    else set({ error: errorToData(error) });
  }
}

/** What was made was taken back, or nothing was. */
export function forgetOpening(exportId: number): void {
  useOpenings.setState(({ byExport: { [exportId]: _, ...byExport } }) => ({ byExport }));
}
