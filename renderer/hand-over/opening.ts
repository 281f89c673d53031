// Files being opened in other programs, and the outcome: the work goes on, and the outcome stays readable, whatever screen is shown.
import { create } from 'zustand';
import type { Program } from '../../electron/contract/api/programs.ts';
import { errorToData } from '../../electron/contract/errors.ts';
import { callEngine, useCall } from '../state/calls.ts';
import { withKept, withOpening, withoutOpening, type Opening } from './openings.ts';

type Openings = { readonly byExport: Readonly<Record<number, readonly Opening[]>> };

const useAllOpenings = create<Openings>()(() => ({ byExport: {} }));
const NONE: readonly Opening[] = [];

/** Returns the latest opening in each program, the newest first. */
export function useOpenings(exportId: number): readonly Opening[] {
  const own = useAllOpenings(({ byExport }) => byExport[exportId] ?? NONE);
  const kept = useCall('programs.opened', {}).data ?? [];
  return withKept(
    own,
    kept.filter((one) => one.exportId === exportId),
  );
}

function change(exportId: number, to: (openings: readonly Opening[]) => readonly Opening[]): void {
  useAllOpenings.setState(({ byExport }) => ({
    byExport: { ...byExport, [exportId]: to(byExport[exportId] ?? NONE) },
  }));
}

/** Opens a file in a program. @param folder the program's, if the user named one */
export async function openFileIn(program: Program, exportId: number, folder: string | null): Promise<void> {
  const abort = new AbortController();
  const begun = { program, opened: null, error: null, cancel: () => abort.abort() };
  const set = (news: Partial<Opening>): void =>
    change(exportId, (openings) => withOpening(openings, { ...begun, ...news }));
  set({});
  try {
    set({
      opened: await callEngine('programs.open', { file: { kind: 'export', exportId }, program, folder }, abort.signal),
    });
  } catch (error) {
    if (abort.signal.aborted) forgetOpening(exportId, program);
    else set({ error: errorToData(error) });
  }
}

/** Forgets an opening that was undone, or that made nothing. */
export function forgetOpening(exportId: number, program: Program): void {
  change(exportId, (openings) => withoutOpening(openings, program));
}
