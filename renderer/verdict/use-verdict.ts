// The verdict on a selection, or on the file of it that is chosen, as the engine gives it.
import type { Verdict } from '../../electron/contract/verdict.ts';
import { useCall } from '../state/calls.ts';
import { useTrailExport } from '../state/trail-items.ts';

/** What a verdict is on. */
export type VerdictSubject = { readonly selectionId: number; readonly exportId: number | null };

/** The selection, and the chosen file where that was written from it and is still there. */
export function useVerdictSubject(selectionId: number | undefined): VerdictSubject | null {
  const file = useTrailExport();
  if (selectionId === undefined) return null;
  const isIts = file?.state === 'done' && file.modelId !== null && file.selectionId === selectionId;
  return { selectionId, exportId: isIts ? file.id : null };
}

/** @returns undefined: there is no selection, or it is not known yet */
export function useVerdict(selectionId: number | undefined): Verdict | undefined {
  const subject = useVerdictSubject(selectionId);
  return useCall('evaluations.verdict', subject ?? { selectionId: 0, exportId: null }, { enabled: subject !== null })
    .data;
}
