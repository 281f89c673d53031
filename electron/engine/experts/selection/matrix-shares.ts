// Checks score matrices, and computes each expert's share of its layer's mass, which is the sum of its scores.
import { WinnowError } from '../../../contract/errors.ts';
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { msg } from '../../../contract/sentences.ts';

/**
 * @throws WinnowError SCORES_INVALID when the array does not have the shape, or a score is NaN, infinite or
 * negative; the message names layer and expert
 */
export function checkMatrix({ nLayers, nExpert, scores }: ScoreMatrix): void {
  if (nLayers < 1 || nExpert < 1 || scores.length !== nLayers * nExpert) {
    throw new WinnowError('SCORES_INVALID', msg('matrixShape', { values: scores.length, nLayers, nExpert }), {
      length: scores.length,
      nLayers,
      nExpert,
    });
  }
  const bad = scores.findIndex((score) => !(score >= 0 && score < Infinity));
  if (bad >= 0) {
    const layer = Math.floor(bad / nExpert);
    const expert = bad % nExpert;
    throw new WinnowError('SCORES_INVALID', msg('scoreInvalid', { expert, layer, score: String(scores[bad]) }), {
      layer,
      expert,
      score: String(scores[bad]),
    });
  }
}

/** @throws WinnowError SCORES_INVALID unless there is at least one matrix and all have the first one's shape */
export function checkSameShape(matrices: readonly ScoreMatrix[]): ScoreMatrix {
  const first = matrices[0];
  if (first === undefined) throw new WinnowError('SCORES_INVALID', msg('noScores'));
  matrices.forEach((matrix, index) => {
    checkMatrix(matrix);
    if (matrix.nLayers !== first.nLayers || matrix.nExpert !== first.nExpert) {
      throw new WinnowError(
        'SCORES_INVALID',
        msg('matricesDiffer', {
          index: index + 1,
          nLayers: matrix.nLayers,
          nExpert: matrix.nExpert,
          firstLayers: first.nLayers,
          firstExperts: first.nExpert,
        }),
        { index, nLayers: matrix.nLayers, nExpert: matrix.nExpert },
      );
    }
  });
  return first;
}

/** The layer's scores divided by their sum, `[nExpert]`; all 0 in a layer whose scores are all 0. */
function layerShares({ nExpert, scores }: ScoreMatrix, layer: number): Float64Array {
  const row = scores.slice(layer * nExpert, (layer + 1) * nExpert);
  const largest = row.reduce((a, b) => Math.max(a, b), 0);
  if (largest === 0) return row;
  // Dividing by the largest score first keeps the sum finite, whatever the scale of the scores.
  const scaled = row.map((score) => score / largest);
  const sum = scaled.reduce((a, b) => a + b, 0);
  return scaled.map((score) => score / sum);
}

/**
 * A single expert without a score is one that the demos do not need. But among experts with equal scores, such as 0 where nothing was
 * measured, none comes first: the choice would be the lowest indices.
 * @throws WinnowError SCORES_INVALID, which names the first layer in which all scores are equal
 */
export function requireOrder({ nLayers, nExpert, scores }: ScoreMatrix, domain?: string): void {
  const isEqual = (layer: number): boolean => {
    const row = scores.subarray(layer * nExpert, (layer + 1) * nExpert);
    return (nExpert > 1 || row[0] === 0) && row.every((score) => score === row[0]);
  };
  const equal = Array.from({ length: nLayers }, (_, layer) => layer).filter(isEqual);
  const [layer] = equal;
  if (layer === undefined) return;
  const demos = domain === undefined ? msg('theDemos') : msg('demosOfDomain', { domain });
  const reason = msg('equalScores', { demos, layer, equal: equal.length, layers: nLayers });
  throw new WinnowError('SCORES_INVALID', reason, { layer, domain });
}

/**
 * The retained score of each layer: Σ kept scores / Σ all scores, from 0 to 1; 0 in a layer without mass.
 * @param kept kept expert indices of each MoE layer
 */
export function retainedShares(matrix: ScoreMatrix, kept: KeptExperts): number[] {
  return kept.map((experts, layer) => {
    const shares = layerShares(matrix, layer);
    const isKept = new Uint8Array(matrix.nExpert);
    for (const expert of experts) isKept[expert] = 1;
    let keptMass = 0;
    let droppedMass = 0;
    for (let expert = 0; expert < shares.length; expert++) {
      if (isKept[expert] === 1) keptMass += shares[expert]!;
      else droppedMass += shares[expert]!;
    }
    return keptMass === 0 ? 0 : keptMass / (keptMass + droppedMass);
  });
}

/**
 * The scores that experts are ranked by: a single domain's as they are; of several, each domain's are divided by their sum in the
 * layer, and these shares are added (the mixed-domain rule of EASY-EP, arXiv 2504.06792 and its reference code).
 * @param mix "shares", or one weight per matrix, finite, not negative, not all 0: shares are first multiplied by it, and only the
 * ratios matter for the ranking
 * @throws WinnowError USAGE for bad weights; SCORES_INVALID when there is no matrix, shapes differ, or a score is invalid
 */
export function mixMatrices(matrices: readonly ScoreMatrix[], mix: 'shares' | readonly number[]): ScoreMatrix {
  const { nLayers, nExpert } = checkSameShape(matrices);
  const [single] = matrices;
  if (mix === 'shares' && single && matrices.length === 1) return single;
  const weights = mix === 'shares' ? matrices.map(() => 1) : mix;
  if (weights.length !== matrices.length) {
    throw new WinnowError('USAGE', msg('weightCount', { weights: weights.length, domains: matrices.length }), {
      weights,
    });
  }
  if (!weights.every((weight) => weight >= 0 && weight < Infinity) || !weights.some((weight) => weight > 0)) {
    throw new WinnowError('USAGE', msg('weightsInvalid', { weights: weights.join(', ') }), {
      weights,
    });
  }
  const scores = new Float64Array(nLayers * nExpert);
  matrices.forEach((matrix, domain) => {
    for (let layer = 0; layer < nLayers; layer++) {
      layerShares(matrix, layer).forEach((share, expert) => {
        const at = layer * nExpert + expert;
        scores[at] = scores[at]! + weights[domain]! * share;
      });
    }
  });
  return { nLayers, nExpert, scores };
}
