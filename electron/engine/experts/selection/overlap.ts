// How much two choices of experts have in common.
import { WinnowError } from '../../../contract/errors.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import { say } from '../../../contract/sentences.ts';
import { mean } from '../../base/statistics/averages.ts';

type Overlap = {
  /** Jaccard index of each MoE layer, 0 to 1. */
  readonly layers: number[];
  readonly mean: number;
};

/**
 * Jaccard index |A ∩ B| / |A ∪ B| of the kept sets, for each MoE layer and as a mean; 1 for two empty sets.
 * @param a kept expert indices of each MoE layer, each once
 * @throws WinnowError USAGE when the two do not have the same number of layers, or have none
 */
export function keptOverlap(a: KeptExperts, b: KeptExperts): Overlap {
  if (a.length !== b.length || a.length === 0) {
    throw new WinnowError('USAGE', say('choicesDiffer', { layers: a.length, otherLayers: b.length }), {
      layers: [a.length, b.length],
    });
  }
  const layers = a.map((left, layer) => {
    const right = new Set(b[layer]);
    const common = left.filter((expert) => right.has(expert)).length;
    const either = left.length + right.size - common;
    return either === 0 ? 1 : common / either;
  });
  return { layers, mean: mean(layers) };
}
