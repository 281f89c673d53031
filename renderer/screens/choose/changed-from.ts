// The written file that a choice was changed from.
import type { Export } from '../../../electron/contract/api/exports.ts';
import type { SelectionState } from '../../../electron/contract/api/selections.ts';

type State = Pick<SelectionState, 'id' | 'parentId' | 'request'>;
type File = Pick<Export, 'id' | 'state' | 'modelId' | 'selectionId' | 'displayPath'>;

/**
 * Finds that file.
 * @param exports newest first
 * @returns the nearest earlier state that a file was written from, with the file; null: there is none, or the choice
 *   has a file itself
 */
export function changedFrom(
  selectionId: number,
  states: readonly State[],
  exports: readonly File[],
): { readonly state: Omit<State, 'parentId'>; readonly file: File } | null {
  const findFile = (id: number): File | undefined =>
    exports.find((one) => one.selectionId === id && one.state === 'done' && one.modelId !== null);
  const byId = new Map(states.map((state) => [state.id, state]));
  if (findFile(selectionId) !== undefined) return null;
  for (let state = byId.get(byId.get(selectionId)?.parentId ?? 0); state !== undefined;) {
    const file = findFile(state.id);
    if (file !== undefined) return { state, file };
    state = byId.get(state.parentId ?? 0);
  }
  return null;
}
