// The data that criteria of weights and of an observing pass are computed from.
import type { ObservedSums } from '../../../../native/index.ts';
import type { MatrixShape } from '../../../contract/criteria.ts';

/** Statistics of the experts' weights, which depend on no domain. `[nLayers * nExpert]` each, layer-major. */
export type ExpertWeights = MatrixShape & {
  /** Norm of the router's row. */
  readonly routerNorm: Float64Array;
  /** Frobenius norm over all matrices of the expert. */
  readonly norm: Float64Array;
  /** ‖W‖²_F / σ₁², averaged over the expert's matrices. Empty: not requested; likewise for `similarity`. */
  readonly stableRank: Float64Array;
  /** Mean cosine of the expert's weights with those of each other expert. */
  readonly similarity: Float64Array;
};

/** Sums of an observing pass over the tokens that count, with the number of layers and experts. */
export type Observation = MatrixShape & ObservedSums;
