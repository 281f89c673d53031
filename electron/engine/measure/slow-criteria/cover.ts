// M-SMoE's grouping (arXiv 2310.01334): finds the kept expert that is most similar to each dropped one, judged by the router.
import type { MatrixShape } from '../../../contract/criteria.ts';
import type { KeptExperts } from '../../../contract/kept-experts.ts';

export type CoveredExpert = {
  readonly expert: number;
  /** The kept expert whose logits are most similar over the tokens. */
  readonly by: number;
  /** (cos + 1) / 2 of the two experts' logits over the tokens: 0 to 1. */
  readonly likeness: number;
};

/**
 * Assigns experts to groups. The kept experts are dominant; every other expert joins the one with the highest cosine of router
 * logits. Ties: the earlier one.
 * @param logits Σ l_i l_j, `[nLayers * nExpert * nExpert]`
 * @param kept the kept experts of each layer, ascending
 * @returns the dropped experts of each layer, ascending
 */
export function covers(logits: Float64Array, { nLayers, nExpert }: MatrixShape, kept: KeptExperts): CoveredExpert[][] {
  return Array.from({ length: nLayers }, (_, layer) => {
    const at = (i: number, j: number): number => logits[(layer * nExpert + i) * nExpert + j]!;
    const likeness = (i: number, j: number): number => {
      const norm = Math.sqrt(at(i, i) * at(j, j));
      return norm > 0 ? (at(i, j) / norm + 1) / 2 : 0.5;
    };
    const stay = kept[layer] ?? [];
    const dropped = Array.from({ length: nExpert }, (_, expert) => expert).filter((expert) => !stay.includes(expert));
    return dropped.map((expert) => {
      const by = stay.reduce((best, other) => (likeness(expert, other) > likeness(expert, best) ? other : best));
      return { expert, by, likeness: likeness(expert, by) };
    });
  });
}
