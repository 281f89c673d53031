// What a heatmap shows and what it reports. A layer is always an index among the MoE layers, never the block number.
import type { KeptExperts } from '../../electron/contract/kept-experts.ts';

export type Cell = { readonly layer: number; readonly expert: number };

export type Point = { readonly x: number; readonly y: number };

export type Dimensions = { readonly nLayers: number; readonly nExpert: number };

/** Arrays are compared by identity: pass a new array when its content changes, the same one when it does not. */
export type HeatmapScores = Dimensions & {
  /** `[nLayers * nExpert]`, layer-major, not negative. NaN, and a layer whose sum is 0: not scored yet. */
  readonly scores: Float64Array;
  /** Block numbers of the MoE layers, ascending. */
  readonly moeLayers: readonly number[];
};

export type HeatmapChoice = {
  /** The kept experts of each MoE layer; null: nothing is chosen yet. */
  readonly kept: KeptExperts | null;
  /** What each MoE layer retains of its score, 0 to 1; null: nothing is chosen yet. */
  readonly retained: Float64Array | null;
  /** Experts that are always kept. */
  readonly pins: readonly Cell[];
  /** Experts that are always dropped. */
  readonly drops: readonly Cell[];
};

export type HeatmapProps = HeatmapScores &
  HeatmapChoice & {
    /** The name of the picture, for screen readers. */
    readonly label: string;
    /** Scores are still coming in. */
    readonly busy?: boolean;
    /** The cell that the inspector shows. */
    readonly selected?: Cell | null;
    /** Enter or a click. */
    readonly onActivate?: (cell: Cell) => void;
    /** Key p. */
    readonly onTogglePin?: (cell: Cell) => void;
    /** Key d. */
    readonly onToggleDrop?: (cell: Cell) => void;
  };
