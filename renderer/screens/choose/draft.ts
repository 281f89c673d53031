// The choice that is being made: it outlives the screen, and belongs to the runs that it is made from.
import { create } from 'zustand';
import type { Selection, SelectionRequest } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Cell } from '../../heatmap/types.ts';

export type Draft = SelectionRequest;
type Marks = Pick<Draft, 'pins' | 'drops'>;

type DraftState = {
  /** null until runs are chosen. */
  readonly draft: Draft | null;
  /** The stored selection that it was taken from or saved as last. */
  readonly selectionId: number | null;
  /** Earlier pins and drops, the latest last. */
  readonly past: readonly Marks[];
};

export const useDraft = create<DraftState>()(() => ({ draft: null, selectionId: null, past: [] }));

/** Half of the experts, but as many as the model uses for a token. */
function defaultKeep({ nExpert, nExpertUsed }: Run): number {
  return Math.max(nExpertUsed, Math.floor(nExpert / 2));
}

function freshDraft(run: Run, runIds: readonly number[]): Draft {
  return {
    runIds: [...runIds],
    criterion: 'easy-ep',
    keep: { kind: 'count', count: defaultKeep(run) },
    mix: 'shares',
    pins: [],
    drops: [],
    grouping: 'ungrouped',
    seed: 1,
  };
}

function isSameShape(run: Run, { keep, pins, drops }: Draft): boolean {
  const inside = ({ layer, expert }: Cell): boolean => layer < run.moeLayers.length && expert < run.nExpert;
  return (keep.kind !== 'count' || keep.count <= run.nExpert) && [...pins, ...drops].every(inside);
}

/**
 * The draft for these runs: a selection that was chosen since brings its own choice, otherwise what was chosen stays where it
 * still makes sense.
 */
export function draftFor(
  state: DraftState,
  run: Run,
  runIds: readonly number[],
  selection: Selection | null,
): DraftState {
  const isNewSelection = selection !== null && selection.id !== state.selectionId && selection.request !== null;
  const { draft, selectionId, past } = isNewSelection
    ? { draft: selection.request, selectionId: selection.id, past: [] }
    : state;
  if (draft === null || !isSameShape(run, draft)) return { draft: freshDraft(run, runIds), selectionId, past: [] };
  if (draft.runIds.join() === runIds.join()) return isNewSelection ? { draft, selectionId, past } : state;
  const mix = Array.isArray(draft.mix) ? runIds.map(() => 1) : draft.mix;
  const next = { ...draft, runIds: [...runIds], mix };
  // what was pinned for one domain means nothing for another
  const isOther = !runIds.some((id) => draft.runIds.includes(id));
  return isOther
    ? { draft: { ...next, pins: [], drops: [] }, selectionId, past: [] }
    : { draft: next, selectionId, past };
}

export function changeDraft(change: Partial<Draft>): void {
  useDraft.setState(({ draft }) => ({ draft: draft && { ...draft, ...change } }));
}

const isAt = (a: Cell) => (b: Cell) => a.layer === b.layer && a.expert === b.expert;

/** Pins or forbids an expert, or lifts that. A cell has one mark at most. */
export function toggleMark(kind: 'pins' | 'drops', { layer, expert }: Cell): void {
  useDraft.setState(({ draft, past }) => {
    if (draft === null) return {};
    const cell = { layer, expert };
    const { pins, drops } = draft;
    const without = { pins: pins.filter((pin) => !isAt(cell)(pin)), drops: drops.filter((drop) => !isAt(cell)(drop)) };
    const marked = draft[kind].some(isAt(cell));
    const marks = marked ? without : { ...without, [kind]: [...without[kind], cell] };
    return { draft: { ...draft, ...marks }, past: [...past, { pins, drops }] };
  });
}

export function clearMarks(): void {
  useDraft.setState(({ draft, past }) =>
    draft === null
      ? {}
      : { draft: { ...draft, pins: [], drops: [] }, past: [...past, { pins: draft.pins, drops: draft.drops }] },
  );
}

export function undoMark(): void {
  useDraft.setState(({ draft, past }) => {
    const last = past.at(-1);
    return draft === null || last === undefined ? {} : { draft: { ...draft, ...last }, past: past.slice(0, -1) };
  });
}

export function markOf(draft: Draft, cell: Cell): 'pins' | 'drops' | null {
  if (draft.pins.some(isAt(cell))) return 'pins';
  return draft.drops.some(isAt(cell)) ? 'drops' : null;
}
