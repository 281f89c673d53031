// What the criteria of weights and of an observing pass are computed from.
import type { MatrixShape } from '../../contract/criteria.ts';

/** Of the experts' weights, which know no domain. `[nLayers * nExpert]` each, layer-major. */
export type ExpertWeights = MatrixShape & {
  /** Norm of the router's row. */
  readonly routerNorm: Float64Array;
  /** Frobenius norm over all matrices of the expert. */
  readonly norm: Float64Array;
  /** ‖W‖²_F / σ₁², averaged over the expert's matrices. Empty: not asked for, like the next one. */
  readonly stableRank: Float64Array;
  /** Mean cosine of the expert's weights with those of each other expert. */
  readonly similarity: Float64Array;
};

/**
 * Of an observing pass, over the tokens that count. Arrays `[nLayers * nExpert]`; those of pairs
 * `[nLayers * nExpert * nExpert]`, symmetric. What is told of outputs is empty where they were not observed.
 */
export type Observation = MatrixShape & {
  readonly counts: Float64Array;
  /** Σ ‖E‖² */
  readonly squares: Float64Array;
  /** Distinct tokens that were routed to the expert. */
  readonly coverage: Float64Array;
  /** Σ over dimensions of log σ; NaN where it is not known. */
  readonly entropy: Float64Array;
  /** Σ over dimensions of the norm of their values. */
  readonly outputNorm: Float64Array;
  /** Values more than three standard deviations from the mean of their dimension. */
  readonly outliers: Float64Array;
  /** Tokens that both were chosen for. */
  readonly pairs: Float64Array;
  /** Distinct tokens that both have seen. */
  readonly shared: Float64Array;
  /** Cosine of the mean outputs. */
  readonly similarity: Float64Array;
  /** Σ g_i g_j ⟨E_i, E_j⟩ */
  readonly gram: Float64Array;
  /** Σ l_i l_j of the router's logits; empty: this model's router tells none. */
  readonly logits: Float64Array;
  /** Sums of gate weights, `[nWindows][nLayers * nExpert]`. */
  readonly windows: Float32Array;
};
