// Makes one score matrix from several domains' matrices.
import { WinnowError } from '../../../contract/errors.ts';
import type { ScoreMatrix } from '../../../contract/criteria.ts';
import { say } from '../../../contract/sentences.ts';
import { checkSameShape, layerShares } from './matrix-shares.ts';

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
