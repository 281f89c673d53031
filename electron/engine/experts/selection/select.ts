// Which experts of each layer stay: the K with the highest scores, under the user's and the model's constraints.
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { expertsOfUnits, layerRules, takeTop, unitScores, type SelectOptions } from './layer-rules.ts';
import { checkMatrix, hasMass, requireMass, retainedShares } from './matrix-shares.ts';

export type SelectedExperts = {
  /** Kept expert indices of each MoE layer, ascending. */
  readonly kept: KeptExperts;
  /** Retained score of each MoE layer, 0 to 1. */
  readonly retained: readonly number[];
  /** Experts kept per layer. */
  readonly keep: number;
};

/**
 * Keeps the `keep` highest-scoring experts of each layer, ties to the lower index. With the same pins and
 * drops, a smaller K's choice is a subset of a larger K's: one ranking serves every K.
 *
 * With `nGroups`, the highest K / nGroups of each contiguous group stay. With `expertsPerBlock`, blocks are ranked
 * by their summed score and stay or go whole.
 * @param domain of the scores, for the error
 * @throws WinnowError SELECTION_IMPOSSIBLE when the options contradict each other or the model, SCORES_INVALID
 * for a negative or non-finite score, and for a layer in which all are 0
 */
export function selectExperts(matrix: ScoreMatrix, options: SelectOptions, domain?: string): SelectedExperts {
  checkMatrix(matrix);
  requireMass(matrix, domain);
  return selectMeasured(matrix, options);
}

/**
 * The same by only some of the demos, which may leave a layer without any score: none of its experts is chosen, and nothing retained.
 * @throws WinnowError as `selectExperts`, except for layers without scores
 */
export function selectMeasured(matrix: ScoreMatrix, options: SelectOptions): SelectedExperts {
  checkMatrix(matrix);
  const kept = layerRules(options, matrix.nLayers, matrix.nExpert).map((rules, layer) => {
    if (!hasMass(matrix, layer)) return [];
    const row = matrix.scores.subarray(layer * matrix.nExpert, (layer + 1) * matrix.nExpert);
    return expertsOfUnits(rules, takeTop(rules, unitScores(rules, row)));
  });
  return { kept, retained: retainedShares(matrix, kept), keep: options.keep };
}
