// How a choice came about: its states, and the ones that Undo and Redo lead to.
import type { SelectionHistory, SelectionState } from '../../../contract/api/selections.ts';
import type { Store } from '../../store/database.ts';
import { listStates, type StoredSelection } from '../../store/selections.ts';
import { selectionState, type SelectionOfModel } from './selection-view.ts';

/** @param at the current state */
export function historyOf(store: Store, { selection: at, model }: SelectionOfModel): SelectionHistory {
  const states = listStates(store, at.choiceId);
  const parents = new Map(states.map((state) => [state.id, parentOf(state, states)]));
  const children = states.filter(({ id }) => parents.get(id) === at.id);
  const [next] = children.toSorted((a, b) => b.usedMs - a.usedMs || b.id - a.id);
  return {
    states: states.map((selection): SelectionState => {
      return { ...selectionState({ selection, model }), parentId: parents.get(selection.id) ?? null };
    }),
    undo: parents.get(at.id) ?? null,
    redo: next?.id ?? null,
  };
}

/**
 * The state that this one was changed from; if that is deleted, the last one before it.
 * @param states all states of the choice, newest first
 */
function parentOf({ id, parentId }: StoredSelection, states: readonly StoredSelection[]): number | null {
  if (parentId === null) return null;
  const parent = states.find((state) => state.id === parentId) ?? states.find((state) => state.id < id);
  return parent?.id ?? null;
}
