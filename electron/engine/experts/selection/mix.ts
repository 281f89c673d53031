// Makes one score matrix from several domains' matrices.
import { WinnowError } from '../../../contract/errors.ts';
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import { say } from '../../../contract/sentences.ts';
import { checkSameShape, layerShares } from './matrix-shares.ts';

/**
 * The scores that experts are ranked by: a single domain's scores as they are, several domains' scores mixed.
 * @param mix "shares", or one weight per matrix
 * @throws WinnowError as `mixWeights`
 */
export function mixMatrices(matrices: readonly ScoreMatrix[], mix: 'shares' | readonly number[]): ScoreMatrix {
  const [single] = matrices;
  if (mix !== 'shares') return mixWeights(matrices, mix);
  return single && matrices.length === 1 ? single : mixShares(matrices);
}

/**
 * The mixed-domain rule of EASY-EP (arXiv 2504.06792 and its reference code): in each layer every domain's scores
 * are divided by their sum, and the shares are added.
 * @returns scores whose sum per layer is the number of domains
 * @throws WinnowError SCORES_INVALID when there is no matrix, or shapes differ, or a score is invalid
 */
export function mixShares(matrices: readonly ScoreMatrix[]): ScoreMatrix {
  return mixWeights(
    matrices,
    matrices.map(() => 1),
  );
}

/**
 * As `mixShares`, with each domain's shares first multiplied by its weight. Only the ratios of the weights matter for
 * the ranking.
 * @param weights one per matrix, finite, not negative, not all 0
 * @throws WinnowError USAGE for bad weights, SCORES_INVALID as `mixShares`
 */
export function mixWeights(matrices: readonly ScoreMatrix[], weights: readonly number[]): ScoreMatrix {
  const { nLayers, nExpert } = checkSameShape(matrices);
  if (weights.length !== matrices.length) {
    throw new WinnowError('USAGE', say('weightCount', { weights: weights.length, domains: matrices.length }), {
      weights,
    });
  }
  if (!weights.every((weight) => weight >= 0 && weight < Infinity) || !weights.some((weight) => weight > 0)) {
    throw new WinnowError('USAGE', say('weightsInvalid', { weights: weights.join(', ') }), {
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
