// Computes scores by every criterion that a comparison knows. Definitions and sources: docs/METHOD.md, "Criteria".
import {
  partsOfCriterion,
  type ComparedCriterion,
  type ExpertSums,
  type MatrixShape,
  type ScoreMatrix,
} from '../../../contract/criteria.ts';
import { scoreMatrix } from '../../experts/selection/criteria.ts';
import type { Dictionary } from './dictionary.ts';
import type { ExpertWeights, Observation } from './evidence.ts';
import { isStored, rowOf, SLOW_CRITERIA, type Registered } from './register.ts';

/** The data that scores are computed from. */
type Evidence = MatrixShape & {
  readonly sums: ExpertSums;
  readonly weights: ExpertWeights | null;
  readonly observation: Observation | null;
  readonly dictionary: Dictionary | null;
  /** The result of `eliminateExperts`. */
  readonly eliminated: Float64Array | null;
};

/**
 * Scores by a compared criterion for choosing `keep` experts per layer. Criteria of weights and observations give ranks among the
 * layer's experts, so that scores are never negative: equal values have equal ranks, and experts without a value the lowest.
 * @param seed seed of `random`
 * @throws RangeError: the data that the criterion is computed from is missing
 */
export function comparedScores(
  compared: ComparedCriterion,
  evidence: Evidence,
  { keep, seed = 0 }: { readonly keep: number; readonly seed?: number },
): ScoreMatrix {
  const { nLayers, nExpert } = evidence;
  const { criterion, keepsLowest } = partsOfCriterion(compared);
  if (isStored(criterion)) {
    const matrix = scoreMatrix(criterion, evidence.sums, { nLayers, nExpert, seed });
    return keepsLowest ? { ...matrix, scores: places(matrix.scores, nExpert, true) } : matrix;
  }
  const row = SLOW_CRITERIA[criterion];
  const values = valuesOf(row, evidence, { keep, keepsLowest });
  return { nLayers, nExpert, scores: places(values, nExpert, keepsLowest && row.isElimination !== true) };
}

function valuesOf(
  row: Registered,
  { weights, observation, dictionary, eliminated }: Evidence,
  dropping: { readonly keep: number; readonly keepsLowest: boolean },
): Float64Array {
  if (row.observes === 'weights') {
    if (!weights) throw new RangeError('no weights were read');
    return row.valuesOf(weights);
  }
  if (row.observes === 'rerouting') {
    if (!eliminated) throw new RangeError('no experts were eliminated');
    return row.valuesOf(eliminated);
  }
  if (!observation) throw new RangeError('nothing was observed');
  return row.valuesOf(observation, { ...dropping, dictionary });
}

/** Rank of each value within its layer, from 1. Equal values share a rank; NaN gets 0, whichever end is kept. */
function places(values: Float64Array, nExpert: number, lowest: boolean): Float64Array {
  return Float64Array.from(values, (value, i) => {
    if (Number.isNaN(value)) return 0;
    const row = rowOf(values, Math.floor(i / nExpert), nExpert);
    return 1 + row.filter((other) => (lowest ? other > value : other < value)).length;
  });
}
