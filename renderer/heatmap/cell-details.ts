// Everything that can be said about a cell.
import { EMPTY, FORBIDDEN, KEPT, PINNED, type HeatmapModel } from './model.ts';
import type { Cell, CellDescription, Describe } from './types.ts';

export type CellDetails = Cell & {
  /** Block index of the layer. */
  readonly block: number;
  /** null: not scored yet. */
  readonly numbers: CellNumbers | null;
  /** The same for the second run. null: there is none, or it has no score here. */
  readonly other: CellNumbers | null;
  /** null: nothing is chosen yet. */
  readonly isKept: boolean | null;
  readonly isPinned: boolean;
  readonly isForbidden: boolean;
  readonly description: CellDescription | null;
};

type CellNumbers = {
  readonly score: number;
  /** Share of the layer's sum, 0 to 1. */
  readonly share: number;
  /** Rank in the layer; 1 is the highest score. */
  readonly rank: number;
};

export function cellDetails(model: HeatmapModel, cell: Cell, describe: Describe | undefined): CellDetails {
  const { data, own, other, flags } = model;
  const index = cell.layer * data.nExpert + cell.expert;
  const flag = flags[index]!;
  const numbersOf = (scores: Float64Array, { shares, ranks }: typeof own): CellNumbers | null =>
    Number.isNaN(shares[index]) ? null : { score: scores[index]!, share: shares[index]!, rank: ranks[index]! };
  return {
    ...cell,
    block: data.moeLayers[cell.layer]!,
    numbers: (flag & EMPTY) !== 0 ? null : numbersOf(data.scores, own),
    other: other === null || data.other === null ? null : numbersOf(data.other, other),
    isKept: model.kept === null ? null : (flag & KEPT) !== 0,
    isPinned: (flag & PINNED) !== 0,
    isForbidden: (flag & FORBIDDEN) !== 0,
    description: describe?.(cell) ?? null,
  };
}
