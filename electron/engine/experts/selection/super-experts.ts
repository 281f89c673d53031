// Super experts (arXiv 2507.23279): a few experts whose outputs on single tokens are so large that they cause the massive
// activations on which the attention of later layers depends. A criterion that adds up tokens may rank them low.
import type { SuperExpert } from '../../../contract/api/selections.ts';
import { layerRules, type SelectOptions } from './layer-rules.ts';

/** Percentile among the largest norms of all experts of all layers. */
const PERCENTILE = 0.995;
/** Share of the largest of all norms. */
const SHARE_OF_LARGEST = 1 / 10;
/** Ratio of a massive activation's magnitude to the median of all elements (Sun et al. 2024). */
const MASSIVE = 1000;
/** The median magnitude of a normal distribution's values, in standard deviations. */
const MEDIAN_MAGNITUDE = 0.6745;
/** A low value for a published model: if the width is not known, too many are found rather than too few. */
const USUAL_WIDTH = 2048;

/** The factor by which one massive element increases the norm of `width` others. */
function massiveNorm(width: number): number {
  return (MASSIVE * MEDIAN_MAGNITUDE) / Math.sqrt(width);
}

type FoundExpert = Omit<SuperExpert, 'isPinned'>;

/**
 * The experts whose largest output is above the 99.5th percentile of all experts' and above a tenth of the largest, as in the paper,
 * and which stand out in their layer. The paper uses the largest element of the output; here it is the norm, which such an element
 * dominates. Where the paper checks whether the layer forms massive activations, the expert is compared with its layer's median.
 * @param maxNorm largest norm of each expert's outputs, `[nLayers * nExpert]`; 0: it was not used
 * @param width elements of an output
 * @returns the experts, the largest first
 */
export function findSuperExperts(maxNorm: Float32Array, nExpert: number, width = USUAL_WIDTH): FoundExpert[] {
  const sorted = Float32Array.from(maxNorm).sort();
  const largest = sorted.at(-1) ?? 0;
  const above = Math.max(percentile(sorted, PERCENTILE), SHARE_OF_LARGEST * largest);
  const experts: FoundExpert[] = [];
  for (let layer = 0; layer * nExpert < maxNorm.length; layer++) {
    const row = maxNorm.subarray(layer * nExpert, (layer + 1) * nExpert);
    const median = percentile(Float32Array.from(row).sort(), 0.5);
    row.forEach((norm, expert) => {
      if (norm > above && median > 0 && norm > massiveNorm(width) * median) {
        experts.push({ layer, expert, norm, times: norm / median });
      }
    });
  }
  return experts.sort((a, b) => b.norm - a.norm);
}

/** The percentile, interpolated between the two nearest values. */
function percentile(sorted: Float32Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? 0) - below);
}

/** The largest norms over several runs. @returns null if one of them has none */
export function largestNorms(runs: readonly (Float32Array | null)[]): Float32Array | null {
  const [first, ...others] = runs;
  if (!first) return null;
  const largest = first.slice();
  for (const norms of others) {
    if (norms?.length !== largest.length) return null;
    norms.forEach((norm, i) => (largest[i] = Math.max(largest[i]!, norm)));
  }
  return largest;
}

/**
 * The found experts that can be pinned in addition to the user's pins and drops: automatic pins must not make a choice
 * impossible.
 */
export function pinnable(
  experts: readonly FoundExpert[],
  options: SelectOptions,
  { nLayers, nExpert }: { readonly nLayers: number; readonly nExpert: number },
): FoundExpert[] {
  const rules = layerRules(options, nLayers, nExpert);
  const pinned = rules.map((ofLayer) => new Set(ofLayer.pinned));
  return experts.filter(({ layer, expert }) => {
    const { expertsPerUnit, unitsPerGroup, quota, dropped } = rules[layer]!;
    const unit = Math.floor(expert / expertsPerUnit);
    if (dropped.has(unit)) return false;
    const own = pinned[layer]!;
    const group = Math.floor(unit / unitsPerGroup);
    const inGroup = [...own].filter((other) => Math.floor(other / unitsPerGroup) === group).length;
    if (!own.has(unit) && inGroup >= quota) return false;
    own.add(unit);
    return true;
  });
}
