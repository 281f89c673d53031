// Scores of the criteria that read weights or observe a pass of their own. Definitions and sources: docs/METHOD.md, "Criteria".
import {
  isObservedCriterion,
  isWeightCriterion,
  partsOfCriterion,
  type ComparedCriterion,
  type ExpertSums,
  type MatrixShape,
  type ObservedCriterion,
  type ScoreMatrix,
  type WeightCriterion,
} from '../../../contract/criteria.ts';
import { scoreMatrix } from './criteria.ts';
import { contributions, type Dictionary } from './dictionary.ts';
import { eliminateJointly, eliminatePairs } from './elimination.ts';
import type { ExpertWeights, Observation } from './evidence.ts';

/** What is at hand to score by. */
export type Evidence = MatrixShape & {
  readonly sums: ExpertSums;
  readonly weights: ExpertWeights | null;
  readonly observation: Observation | null;
  readonly dictionary: Dictionary | null;
};

/**
 * Scores of a compared criterion for choosing `keep` experts a layer. Those of weights and observations are places among the
 * layer's experts, so that they are never negative: equal values have equal places, and experts without a value the last.
 * @param seed of `random`
 * @throws RangeError where what the criterion is computed from is not at hand
 */
export function comparedScores(
  compared: ComparedCriterion,
  evidence: Evidence,
  { keep, seed = 0 }: { readonly keep: number; readonly seed?: number },
): ScoreMatrix {
  const { nLayers, nExpert } = evidence;
  const { criterion, keepsLowest } = partsOfCriterion(compared);
  if (!isWeightCriterion(criterion) && !isObservedCriterion(criterion)) {
    const matrix = scoreMatrix(criterion, evidence.sums, { nLayers, nExpert, seed });
    return keepsLowest ? { ...matrix, scores: places(matrix.scores, nExpert, true) } : matrix;
  }
  const values = isWeightCriterion(criterion)
    ? weightValues(criterion, evidence)
    : observedValues(criterion, evidence, { keep, keepsLowest });
  return { nLayers, nExpert, scores: places(values, nExpert, keepsLowest && !isElimination(criterion)) };
}

/** An elimination is told itself which end to drop. */
function isElimination(criterion: WeightCriterion | ObservedCriterion): boolean {
  return criterion === 'co-activation' || criterion === 'token-similarity';
}

function weightValues(criterion: WeightCriterion, { weights }: Evidence): Float64Array {
  if (!weights) throw new RangeError(`no weights were read for ${criterion}`);
  switch (criterion) {
    case 'router-norm':
      return weights.routerNorm;
    case 'weight-norm':
      return weights.norm;
    case 'stable-rank':
      return weights.stableRank;
    case 'weight-similarity':
      return weights.similarity;
  }
}

function observedValues(
  criterion: ObservedCriterion,
  { observation, dictionary, nLayers, nExpert }: Evidence,
  { keep, keepsLowest }: { readonly keep: number; readonly keepsLowest: boolean },
): Float64Array {
  if (!observation) throw new RangeError(`nothing was observed for ${criterion}`);
  const { counts } = observation;
  switch (criterion) {
    case 'msan':
      return observation.squares.map((square, i) => (counts[i]! > 0 ? square / counts[i]! : 0));
    case 'output-norm':
      return observation.outputNorm;
    case 'entropy':
      return observation.entropy;
    case 'outliers':
      return observation.outliers;
    case 'vocabulary':
      return observation.coverage;
    case 'activation-similarity':
      return meanOfOthers(observation.similarity, nExpert).map((mean, i) => (counts[i]! > 0 ? mean : NaN));
    case 'co-activation':
      return byLayer(nLayers, (layer) =>
        eliminatePairs(pairsOf(observation.pairs, layer, nExpert), rowOf(counts, layer, nExpert), keepsLowest),
      );
    case 'token-similarity':
      return byLayer(nLayers, (layer) =>
        eliminatePairs(pairsOf(observation.shared, layer, nExpert), rowOf(counts, layer, nExpert), keepsLowest),
      );
    case 'joint-outputs':
      return byLayer(nLayers, (layer) => eliminateJointly(pairsOf(observation.gram, layer, nExpert), nExpert));
    case 'caep':
      if (!dictionary) throw new RangeError('no dictionary was learned');
      return contributions(dictionary, nLayers, nExpert, keep);
  }
}

/** Mean of each row of a symmetric matrix `[layers * nExpert * nExpert]` without its diagonal; 0 for a lone expert. */
export function meanOfOthers(pairs: Float64Array, nExpert: number): Float64Array {
  return Float64Array.from({ length: pairs.length / nExpert }, (_, i) => {
    const row = rowOf(pairs, i, nExpert);
    const sum = row.reduce((total, value) => total + value, 0) - row[i % nExpert]!;
    return nExpert > 1 ? sum / (nExpert - 1) : 0;
  });
}

function byLayer(nLayers: number, of: (layer: number) => Float64Array): Float64Array {
  return Float64Array.from(Array.from({ length: nLayers }, (_, layer) => [...of(layer)]).flat());
}

function rowOf(values: Float64Array, layer: number, nExpert: number): Float64Array {
  return values.subarray(layer * nExpert, (layer + 1) * nExpert);
}

function pairsOf(values: Float64Array, layer: number, nExpert: number): Float64Array {
  return rowOf(values, layer, nExpert * nExpert);
}

/** Place of each value among its layer's, from 1: equal values share one; 0 for NaN, whichever end is kept. */
function places(values: Float64Array, nExpert: number, lowest: boolean): Float64Array {
  return Float64Array.from(values, (value, i) => {
    if (Number.isNaN(value)) return 0;
    const row = rowOf(values, Math.floor(i / nExpert), nExpert);
    return 1 + row.filter((other) => (lowest ? other > value : other < value)).length;
  });
}
