// The ranking criteria by name, and the sums that a scoring pass stores, from which each of the fast criteria follows.

/** Fast criteria: they follow from the sums that every run stores. In the order of the interface and the documents. */
export const FAST_CRITERIA = ['easy-ep', 'reap', 'ean', 'man', 'gate', 'frequency'] as const;
export type FastCriterion = (typeof FAST_CRITERIA)[number];

/** The criteria that can choose experts without another pass; `random` is the baseline of a comparison. */
export const CRITERIA = [...FAST_CRITERIA, 'random'] as const;
export type Criterion = (typeof CRITERIA)[number];

/**
 * The sums per MoE layer and expert, over the tokens routed to the expert; g: gate weight as applied, E: the expert's
 * output before its gate weight, turn = 1 - cos(x, x + r).
 */
export const SUMS = ['count', 'gate', 'norm', 'gateNorm', 'gateTurn', 'gateNormTurn'] as const;
export type SumName = (typeof SUMS)[number];

/** The sums of one demo, or of several added up. Each array is `[n_moe_layers * n_expert]`, layer-major. */
export type ExpertSums = Readonly<Record<SumName, Float64Array>>;

/** Builds all sums, calling `of` for each. */
export function makeSums(of: (name: SumName, index: number) => Float64Array): ExpertSums {
  return Object.fromEntries(SUMS.map((name, i) => [name, of(name, i)])) as Record<SumName, Float64Array>;
}

/** Shape of a matrix over the MoE layers, in block order. */
export type MatrixShape = { readonly nLayers: number; readonly nExpert: number };

/** The scores of one criterion: `scores[layer * nExpert + expert]`. */
export type ScoreMatrix = MatrixShape & { readonly scores: Float64Array };
