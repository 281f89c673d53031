// What the criteria of weights and of an observing pass are computed from.
import type { ObservedSums } from '../../../../native/index.ts';
import type { MatrixShape } from '../../../contract/criteria.ts';

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

/** Of an observing pass, over the tokens that count: what it has added up, and of how many layers and experts. */
export type Observation = MatrixShape & ObservedSums;
