// Which experts of each layer stay: the K with the highest scores, under the user's and the model's constraints.
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { expertsOfUnits, layerRules, takeTop, unitScores, type SelectOptions } from './layer-rules.ts';
import { checkMatrix, retainedShares } from './matrix-shares.ts';

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
 * @throws WinnowError SELECTION_IMPOSSIBLE when the options contradict each other or the model, SCORES_INVALID
 * for a negative or non-finite score
 */
export function selectExperts(matrix: ScoreMatrix, options: SelectOptions): SelectedExperts {
  checkMatrix(matrix);
  const kept = layerRules(options, matrix.nLayers, matrix.nExpert).map((rules, layer) => {
    const row = matrix.scores.subarray(layer * matrix.nExpert, (layer + 1) * matrix.nExpert);
    return expertsOfUnits(rules, takeTop(rules, unitScores(rules, row)));
  });
  return { kept, retained: retainedShares(matrix, kept), keep: options.keep };
}
