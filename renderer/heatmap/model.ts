// Everything about a heatmap except positions: derived from the caller's data in three steps, each repeated only when
// its own input changes.
import type { Place } from './layout.ts';
import { columnOrder, type ColumnOrder } from './ordering.ts';
import { cellValues, levelScale, levelsOf, type LevelScale } from './magnitude.ts';
import { keptPerColumn, retainedShares, statistics, worstLayer, type Statistics } from './statistics.ts';
import type { Cell, Dimensions, HeatmapData, HeatmapSelection, HeatmapView, Mode, Order } from './types.ts';

export type Analysis = {
  readonly data: HeatmapData;
  readonly own: Statistics;
  readonly other: Statistics | null;
};

export type Picture = ColumnOrder & {
  /** The effective values: without a second run, there is neither an order by it nor a difference. */
  readonly order: Order;
  readonly mode: Mode;
  readonly scale: LevelScale;
  /** Colour level per `[layer * nExpert + expert]`. */
  readonly levels: Uint8Array;
};

/** Bits of a cell's state. */
export const KEPT = 1;
export const PINNED = 2;
export const FORBIDDEN = 4;
export const EMPTY = 8;

/** Returns the place of a cell. */
export function placeOf({ columnOf, data }: Analysis & ColumnOrder, { layer, expert }: Cell): Place {
  return { layer, column: columnOf[layer * data.nExpert + expert]! };
}

export type Marks = {
  /** State per `[layer * nExpert + expert]`. */
  readonly flags: Uint8Array;
  readonly hasUnscored: boolean;
  /** What the selection keeps; null: nothing is chosen yet. */
  readonly kept: {
    /** Per layer, 0 to 1; NaN where not scored. */
    readonly retained: Float64Array;
    readonly worst: number | null;
    readonly perColumn: Int32Array;
  } | null;
};

export type HeatmapModel = Analysis & Picture & Marks;

export function analyse(data: HeatmapData): Analysis {
  return {
    data,
    own: statistics(data.scores, data),
    other: data.other === null ? null : statistics(data.other, data),
  };
}

export function depict({ data, own, other }: Analysis, view: HeatmapView): Picture {
  const order = view.order === 'other' && other === null ? 'index' : view.order;
  const mode = other === null ? 'score' : view.mode;
  const values = cellValues(view.scale, mode, own, other);
  const compared = mode === 'score' && other !== null ? [values, cellValues(view.scale, mode, other, null)] : [values];
  const scale = levelScale(view.scale, mode, compared, data.nExpert);
  return {
    ...columnOrder(order, data, own.ranked, other?.ranked ?? null),
    order,
    mode,
    scale,
    levels: levelsOf(values, scale),
  };
}

export function mark({ data, own }: Analysis, { columnOf }: ColumnOrder, selection: HeatmapSelection): Marks {
  const { kept } = selection;
  const flags = Uint8Array.from(own.shares, (share) => (Number.isNaN(share) ? EMPTY : 0));
  const set = (layer: number, expert: number, bit: number): void => {
    if (within(layer, expert, data)) flags[layer * data.nExpert + expert]! |= bit;
  };
  const hasUnscored = flags.includes(EMPTY);
  kept?.forEach((experts, layer) => {
    for (const expert of experts) set(layer, expert, KEPT);
  });
  for (const { layer, expert } of selection.pins) set(layer, expert, PINNED);
  for (const { layer, expert } of selection.drops) set(layer, expert, FORBIDDEN);
  if (kept === null) return { flags, hasUnscored, kept: null };
  const retained = retainedShares(own.shares, kept, data);
  return {
    flags,
    hasUnscored,
    kept: { retained, worst: worstLayer(retained), perColumn: keptPerColumn(kept, columnOf, data) },
  };
}

function within(layer: number, expert: number, { nLayers, nExpert }: Dimensions): boolean {
  return layer >= 0 && layer < nLayers && expert >= 0 && expert < nExpert;
}
