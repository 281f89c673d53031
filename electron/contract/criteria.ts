// The ranking criteria by name, and the sums that one scoring pass stores, from which each of them follows.
import type { TokenClass } from './token-classes.ts';

/** Fast: they follow from the sums that every run stores. In the order in which the interface and the documents list them. */
export const FAST_CRITERIA = ['easy-ep', 'reap', 'ean', 'man', 'gate', 'frequency'] as const;
export type FastCriterion = (typeof FAST_CRITERIA)[number];

/** What experts can be chosen by without another pass; `random` is the floor of a comparison. */
export const CRITERIA = [...FAST_CRITERIA, 'random'] as const;
export type Criterion = (typeof CRITERIA)[number];

/** Slow: of the experts' weights, read from the model's files. What these and the following mean: docs/METHOD.md. */
const WEIGHT_CRITERIA = ['router-norm', 'weight-norm', 'stable-rank', 'weight-similarity'] as const;
type WeightCriterion = (typeof WEIGHT_CRITERIA)[number];

/** MC-Suite's of another pass. */
const OPEN_OBSERVED_CRITERIA = [
  'output-norm',
  'entropy',
  'outliers',
  'activation-similarity',
  'co-activation',
  'vocabulary',
  'token-similarity',
] as const;
/** Of the slow ones the one that the search for the best file chooses by as well, and no other choice: no stored run holds what it needs. */
export const JOINT_REROUTED = 'joint-rerouted';

/** Slow: of another pass over the demos, which observes more than is stored, or runs all experts. */
const OBSERVED_CRITERIA = ['msan', ...OPEN_OBSERVED_CRITERIA, 'caep', 'joint-outputs', JOINT_REROUTED] as const;
type ObservedCriterion = (typeof OBSERVED_CRITERIA)[number];

/** What a stored choice, or a file, may say that its experts were chosen by. */
export const RECORDED_CRITERIA = [...CRITERIA, JOINT_REROUTED] as const;
export type RecordedCriterion = (typeof RECORDED_CRITERIA)[number];

/** MC-Suite leaves open whether the highest or the lowest value is worth keeping: with the suffix, the lowest are kept. */
export const LOWEST = '-lowest';
const OPEN_CRITERIA = ['frequency', ...WEIGHT_CRITERIA, ...OPEN_OBSERVED_CRITERIA] as const;
export type SlowCriterion = WeightCriterion | ObservedCriterion;
export type ComparedCriterion = Criterion | SlowCriterion | `${(typeof OPEN_CRITERIA)[number]}${typeof LOWEST}`;

/** All that a comparison can choose experts by. */
export const COMPARED_CRITERIA: readonly ComparedCriterion[] = [
  ...CRITERIA,
  ...WEIGHT_CRITERIA,
  ...OBSERVED_CRITERIA,
  ...OPEN_CRITERIA.map((criterion) => `${criterion}${LOWEST}` as const),
];

/** A compared criterion as what is computed and which end of it is kept. */
export function partsOfCriterion(compared: ComparedCriterion): {
  readonly criterion: Criterion | SlowCriterion;
  readonly keepsLowest: boolean;
} {
  const keepsLowest = compared.endsWith(LOWEST);
  const name = keepsLowest ? compared.slice(0, -LOWEST.length) : compared;
  const criterion = [...CRITERIA, ...WEIGHT_CRITERIA, ...OBSERVED_CRITERIA].find((one) => one === name);
  if (!criterion) throw new RangeError(`${compared} is no criterion`);
  return { criterion, keepsLowest };
}

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

/** Shape of a matrix over the MoE layers in block order. */
export type MatrixShape = { readonly nLayers: number; readonly nExpert: number };

/** One criterion's scores: `scores[layer * nExpert + expert]`. */
export type ScoreMatrix = MatrixShape & { readonly scores: Float64Array };
