// What a heatmap shows and what it reports. A layer is always an index among the MoE layers, never the block number.
import type { KeptExperts } from '../../electron/contract/kept-experts.ts';

export type Cell = { readonly layer: number; readonly expert: number };

export type Dimensions = { readonly nLayers: number; readonly nExpert: number };

/** How a score becomes a colour: linearly by its share of the layer, logarithmically by it, or by rank in the layer. */
export type Scale = 'share' | 'log' | 'rank';

/** Which expert is in which column: each layer by its score, all by index, or each layer by the other run's score. */
export type Order = 'score' | 'index' | 'other';

/** The scores, or their difference from the other run's. */
export type Mode = 'score' | 'difference';

/** Numbers beyond the score. null: not known. */
export type CellDescription = {
  /** Tokens routed to the expert. */
  readonly count: number | null;
  readonly meanGate: number | null;
  readonly meanNorm: number | null;
};

/** Arrays are compared by identity: pass a new array when its content changes, the same one when it does not. */
export type HeatmapData = Dimensions & {
  /** `[nLayers * nExpert]`, layer-major, not negative. NaN, and a layer whose sum is 0: not scored yet. */
  readonly scores: Float64Array;
  /** Block numbers of the MoE layers, ascending. */
  readonly moeLayers: readonly number[];
  /** A second run's scores in the same shape; the colours of both share one scale. null: none. */
  readonly other: Float64Array | null;
};

export type HeatmapSelection = {
  /** The kept experts of each MoE layer; null: nothing is chosen yet. */
  readonly kept: KeptExperts | null;
  /** Experts that are always kept. */
  readonly pins: readonly Cell[];
  /** Experts that are always dropped. */
  readonly drops: readonly Cell[];
};

export type HeatmapView = {
  readonly scale: Scale;
  /** `other` without a second run: by index. */
  readonly order: Order;
  /** `difference` without a second run: the scores. */
  readonly mode: Mode;
};

export type Point = { readonly x: number; readonly y: number };

export type HeatmapActions = {
  /** The crosshair moved, by pointer or keys. */
  readonly onCursor?: ((cell: Cell | null) => void) | undefined;
  /** Enter or a click. */
  readonly onActivate?: ((cell: Cell) => void) | undefined;
  /** Key p. */
  readonly onTogglePin?: ((cell: Cell) => void) | undefined;
  /** Key d. */
  readonly onToggleDrop?: ((cell: Cell) => void) | undefined;
};

export type Describe = (cell: Cell) => CellDescription | null;

export type HeatmapProps = HeatmapData &
  HeatmapSelection &
  HeatmapView &
  HeatmapActions & {
    /** The name of the picture, for screen readers and in exports. */
    readonly label: string;
    /** The number K of kept experts. It is shown as a line when the columns are sorted by score. */
    readonly keep?: number | undefined;
    /** Makes the line draggable. Called at each step of a drag, at most once per frame. */
    readonly onKeepChange?: ((keep: number) => void) | undefined;
    /** Scores are still coming in. */
    readonly busy?: boolean | undefined;
    /** The cell that the inspector shows. */
    readonly selected?: Cell | null | undefined;
    readonly describe?: Describe | undefined;
  };

/** What a caller can do with a heatmap through its ref. */
export type HeatmapHandle = {
  /** Returns every cell with its numbers, by layer and expert. */
  toCsv(): string;
  /** Returns the whole picture, not only the visible part. */
  toSvg(): string;
  toPng(): Promise<Blob>;
};
