// The verdict on a selection, as the engine gives it.
import type { Verdict } from '../../electron/contract/verdict.ts';
import { useCall } from '../state/calls.ts';

/** @returns undefined: there is no selection, or it is not known yet */
export function useVerdict(selectionId: number | undefined): Verdict | undefined {
  return useCall('evaluations.verdict', { selectionId: selectionId ?? 0 }, { enabled: selectionId !== undefined }).data;
}
