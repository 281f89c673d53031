// What the criteria of weights and of an observing pass are computed from.
import type { ObservedSums } from '../../../../native/index.ts';
import type { MatrixShape } from '../../../contract/criteria.ts';

/** What the experts' weights tell without any domain. `[nLayers * nExpert]` each, layer-major. */
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

/** What an observing pass has added up over the tokens that count, and for how many layers and experts. */
export type Observation = MatrixShape & ObservedSums;
