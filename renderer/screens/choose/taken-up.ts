// The choice that the screen shows: the trail's, or a first view of its runs, which only becomes a choice when it is used or changed.
import { useLayoutEffect } from 'react';
import type { Run } from '../../../electron/contract/api/runs.ts';
import { useCall } from '../../state/calls.ts';
import { lastChoiceFrom } from '../../state/trail-found.ts';
import { useIsSelectionPending, useTrailSelection } from '../../state/trail-items.ts';
import { takeUpChoice, useWorkingChoice, viewChoice } from '../../state/working-choice.ts';
import { freshDraft, type Draft } from './draft.ts';

/** @returns null: it is not known yet, or there are no runs */
export function useTakenUp(runs: readonly Run[]): Draft | null {
  const selection = useTrailSelection();
  const isPending = useIsSelectionPending();
  const selections = useCall('selections.list', { modelId: null }).data;
  const { draft, selectionId, isUnsaved } = useWorkingChoice();
  const [first] = runs;
  const ids = runs.map(({ id }) => id).join();
  const isOfRuns = draft?.runIds.join() === ids;
  const isOfDomains = useDomainNames(draft?.runIds ?? []) === useDomainNames(runs.map(({ id }) => id));
  useLayoutEffect(() => {
    const isEdited = isUnsaved && isOfRuns;
    if (first === undefined || isPending || isEdited || selections === undefined) return;
    const runIds = runs.map(({ id }) => id);
    const fresh = (): Draft => freshDraft([first, ...runs.slice(1)], isOfDomains ? draft : null);
    if (selection !== null && selection.request?.runIds.join() === ids) {
      if (selection.id !== selectionId) takeUpChoice(selection.request, selection.id);
    } else if (selection !== null) {
      // from a file, or from runs that are gone: it stays chosen until something is changed here
      if (selectionId !== null || !isOfRuns) takeUpChoice(fresh(), null);
    } else if (lastChoiceFrom(runIds, selections) === undefined && (selectionId !== null || !isOfRuns)) {
      viewChoice(fresh());
    }
  }, [first, runs, ids, isOfRuns, isUnsaved, isPending, selection, selections, selectionId, draft, isOfDomains]);
  return isOfRuns ? draft : null;
}

/** The domains of a choice from these runs: a choice for one domain says nothing about another. */
function useDomainNames(runIds: readonly number[]): string {
  const runs = useCall('runs.list', {}).data ?? [];
  return runIds.map((id) => runs.find((run) => run.id === id)?.domain).join('\n');
}
