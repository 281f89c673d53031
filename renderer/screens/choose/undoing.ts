// Undo and redo of the choice, by button and by keys.
import type { SelectionHistory } from '../../../electron/contract/api/selections.ts';
import { useKeys } from '../../kit/use-keys.ts';
import { callEngine, useCall } from '../../state/calls.ts';
import { selectionChoice } from '../../state/choosing.ts';
import { reportFailure } from '../../state/report-failure.ts';
import { useTrailSelection } from '../../state/trail-items.ts';
import { choose, useTrail } from '../../state/trail.ts';
import { discardEdit, saveChoice, useWorkingChoice } from '../../state/working-choice.ts';

/** The first one is shown. */
export const UNDO_KEYS = ['Mod+Z'] as const;
export const REDO_KEYS = ['Mod+Shift+Z', 'Mod+Y'] as const;

type Way = 'undo' | 'redo';

export type Undoing = {
  readonly history: SelectionHistory | undefined;
  readonly can: Readonly<Record<Way, boolean>>;
};

export function useUndoing(): Undoing {
  const selection = useTrailSelection();
  const isUnsaved = useWorkingChoice((working) => working.isUnsaved);
  const { data } = useCall(
    'selections.history',
    { selectionId: selection?.id ?? 0 },
    // the history that was cached when a state was left lacks what came later
    { enabled: selection !== null, keepPrevious: true, forgetsUnseen: true },
  );
  const history = selection === null ? undefined : data;
  const can = {
    undo: selection !== null && (isUnsaved || (history?.undo ?? null) !== null),
    redo: !isUnsaved && (history?.redo ?? null) !== null,
  };
  useKeys([
    { keys: UNDO_KEYS, perform: () => stepChoice('undo') },
    { keys: REDO_KEYS, perform: () => stepChoice('redo') },
  ]);
  return { history, can };
}

/** Keys are faster than answers: steps are done one after the other. */
let stepping: Promise<void> = Promise.resolve();

export function stepChoice(way: Way): void {
  stepping = stepping.then(() => step(way)).catch(reportFailure);
}

/** A change that cannot be stored is reverted before anything else. */
async function step(way: Way): Promise<void> {
  await saveChoice();
  const { selectionId } = useTrail.getState();
  if (selectionId === null) return;
  const { states, [way]: to } = await callEngine('selections.history', { selectionId });
  if (useWorkingChoice.getState().error !== null) {
    const stored = states.find(({ id }) => id === selectionId);
    if (way === 'redo' || !stored?.request) return;
    discardEdit(stored.request);
    choose(selectionChoice(stored));
    return;
  }
  const state = states.find(({ id }) => id === to);
  if (state) choose(selectionChoice(state));
}
