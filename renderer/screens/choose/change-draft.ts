// Changes to the current choice, from any control.
import type { Cell } from '../../heatmap/types.ts';
import { editChoice, useWorkingChoice } from '../../state/working-choice.ts';
import { withMark, type Draft } from './draft.ts';

export function changeDraft(change: Partial<Draft>): void {
  const { draft } = useWorkingChoice.getState();
  if (draft !== null) editChoice({ ...draft, ...change });
}

/** Sets the number of active experts. @param count null: the model's own number */
export function changeActiveExperts(count: number | null): void {
  const { draft } = useWorkingChoice.getState();
  if (draft === null) return;
  const { activeExperts: _, ...others } = draft;
  editChoice(count === null ? others : { ...others, activeExperts: count });
}

/** Sets the number of kept experts while it is being dragged. */
export function moveKeep(count: number): void {
  const { draft } = useWorkingChoice.getState();
  if (draft !== null) editChoice({ ...draft, keep: { kind: 'count', count } }, { isMoving: true });
}

export function toggleMark(kind: 'pins' | 'drops', cell: Cell): void {
  const { draft } = useWorkingChoice.getState();
  if (draft !== null) editChoice(withMark(draft, kind, cell));
}
