// The initial choice, and the effect of changes to it.
import type { CallParams } from '../../../electron/contract/api.ts';
import type { SelectionRequest } from '../../../electron/contract/api/selections.ts';
import type { Run } from '../../../electron/contract/api/runs.ts';
import type { Cell } from '../../heatmap/types.ts';

export type Draft = SelectionRequest;

/** Half of the experts, but at least as many as a token uses. */
function defaultKeep({ nExpert, nExpertUsed }: Run): number {
  return Math.max(nExpertUsed, Math.floor(nExpert / 2));
}

function isSameShape(run: Run, { keep, pins, drops }: Draft): boolean {
  const inside = ({ layer, expert }: Cell): boolean => layer < run.moeLayers.length && expert < run.nExpert;
  return (keep.kind !== 'count' || keep.count <= run.nExpert) && [...pins, ...drops].every(inside);
}

/**
 * Returns the first choice from these runs.
 * @param runs at least one
 * @param before the last choice, from other runs of the same domains: its settings are kept where they make sense, but
 *   not its pins
 */
export function freshDraft(runs: readonly [Run, ...Run[]], before: Draft | null): Draft {
  const [run] = runs;
  const runIds = runs.map(({ id }) => id);
  const first: Draft = {
    runIds,
    criterion: 'easy-ep',
    keep: { kind: 'count', count: defaultKeep(run) },
    mix: 'shares',
    pins: [],
    drops: [],
    grouping: 'ungrouped',
    seed: 0,
    superExperts: 'pin',
  };
  if (before === null || !isSameShape(run, before)) return first;
  const { criterion, keep, grouping, seed } = before;
  // fewer active experts are never carried over unasked
  return { ...first, criterion, keep, grouping, seed };
}

/** Returns the parameters of the scores for its picture. */
export function scoreParams({ runIds, criterion, mix, seed }: Draft): CallParams<'runs.scores'> {
  return { runIds, criterion, mix, seed };
}

const isAt = (a: Cell) => (b: Cell) => a.layer === b.layer && a.expert === b.expert;

/** Pins or forbids an expert, or removes that mark. A cell has at most one mark. */
export function withMark(draft: Draft, kind: 'pins' | 'drops', { layer, expert }: Cell): Draft {
  const cell = { layer, expert };
  const without = {
    pins: draft.pins.filter((pin) => !isAt(cell)(pin)),
    drops: draft.drops.filter((drop) => !isAt(cell)(drop)),
  };
  const isMarked = draft[kind].some(isAt(cell));
  return { ...draft, ...without, ...(!isMarked && { [kind]: [...without[kind], cell] }) };
}

export function cellMark(draft: Draft, cell: Cell): 'pins' | 'drops' | null {
  if (draft.pins.some(isAt(cell))) return 'pins';
  return draft.drops.some(isAt(cell)) ? 'drops' : null;
}
