// The ranking criteria by name, and the sums that one scoring pass stores, from which each of them follows.
import type { TokenClass } from './token-classes.ts';

/** Fast: they follow from the sums that every run stores. In the order in which the interface and the documents list them. */
export const FAST_CRITERIA = ['easy-ep', 'reap', 'ean', 'man', 'gate', 'frequency'] as const;
export type FastCriterion = (typeof FAST_CRITERIA)[number];

/** What experts can be chosen by without another pass; `random` is the floor of a comparison. */
export const CRITERIA = [...FAST_CRITERIA, 'random'] as const;
export type Criterion = (typeof CRITERIA)[number];

/**
 * Per (MoE layer, expert), summed over the tokens routed to the expert; g: gate weight as applied,
 * E: the expert's output before its gate weight, turn = 1 - cos(x, x + r).
 */
export const SUMS = ['count', 'gate', 'norm', 'gateNorm', 'gateTurn', 'gateNormTurn'] as const;
export type SumName = (typeof SUMS)[number];

/** One demo's sums, or several demos' added up. Each array is `[n_moe_layers * n_expert]`, layer-major. */
export type ExpertSums = Readonly<Record<SumName, Float64Array>>;

/** The sums of single classes of tokens; a class without tokens has none. */
export type ClassSums = Readonly<Partial<Record<TokenClass, ExpertSums>>>;

/** Sums that are made one by one. */
export function sumsOf(of: (name: SumName, index: number) => Float64Array): ExpertSums {
  return Object.fromEntries(SUMS.map((name, i) => [name, of(name, i)])) as Record<SumName, Float64Array>;
}

/** Of the MoE layers, in block order. */
export type MatrixShape = { readonly nLayers: number; readonly nExpert: number };

/** One criterion's scores: `scores[layer * nExpert + expert]`. */
export type ScoreMatrix = MatrixShape & { readonly scores: Float64Array };
