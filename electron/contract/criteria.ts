// The ranking criteria by name, and the sums that a scoring pass stores, from which each of the fast criteria follows.
import type { TokenClass } from './token-classes.ts';

/** Fast criteria: they follow from the sums that every run stores. In the order of the interface and the documents. */
export const FAST_CRITERIA = ['easy-ep', 'reap', 'ean', 'man', 'gate', 'frequency'] as const;
export type FastCriterion = (typeof FAST_CRITERIA)[number];

/** The criteria that can choose experts without another pass; `random` is the baseline of a comparison. */
export const CRITERIA = [...FAST_CRITERIA, 'random'] as const;
export type Criterion = (typeof CRITERIA)[number];

/** Slow criteria of the experts' weights, read from the model's files. docs/METHOD.md explains these and the following ones. */
const WEIGHT_CRITERIA = ['router-norm', 'weight-norm', 'stable-rank', 'weight-similarity'] as const;
type WeightCriterion = (typeof WEIGHT_CRITERIA)[number];

/** MC-Suite's criteria that need another pass. */
const OPEN_OBSERVED_CRITERIA = [
  'output-norm',
  'entropy',
  'outliers',
  'activation-similarity',
  'co-activation',
  'vocabulary',
  'token-similarity',
] as const;
/** The only slow criterion that the search for the best file can choose by, and nothing else can: no stored run holds what it needs. */
export const JOINT_REROUTED = 'joint-rerouted';

/** Slow criteria that need another pass over the demos, which observes more than is stored, or runs all experts. */
const OBSERVED_CRITERIA = ['msan', ...OPEN_OBSERVED_CRITERIA, 'caep', 'joint-outputs', JOINT_REROUTED] as const;
type ObservedCriterion = (typeof OBSERVED_CRITERIA)[number];

/** The criteria that a stored choice or a file may name as the one its experts were chosen by. */
export const RECORDED_CRITERIA = [...CRITERIA, JOINT_REROUTED] as const;
export type RecordedCriterion = (typeof RECORDED_CRITERIA)[number];

/** MC-Suite leaves open whether the highest or the lowest values are worth keeping: with this suffix, the lowest are kept. */
export const LOWEST = '-lowest';
const OPEN_CRITERIA = ['frequency', ...WEIGHT_CRITERIA, ...OPEN_OBSERVED_CRITERIA] as const;
export type SlowCriterion = WeightCriterion | ObservedCriterion;
export type ComparedCriterion = Criterion | SlowCriterion | `${(typeof OPEN_CRITERIA)[number]}${typeof LOWEST}`;

/** All criteria that a comparison can choose experts by. */
export const COMPARED_CRITERIA: readonly ComparedCriterion[] = [
  ...CRITERIA,
  ...WEIGHT_CRITERIA,
  ...OBSERVED_CRITERIA,
  ...OPEN_CRITERIA.map((criterion) => `${criterion}${LOWEST}` as const),
];

/** Splits a compared criterion into what is computed and which end of the ranking is kept. */
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
 * The sums per MoE layer and expert, over the tokens routed to the expert; g: gate weight as applied, E: the expert's
 * output before its gate weight, turn = 1 - cos(x, x + r).
 */
export const SUMS = ['count', 'gate', 'norm', 'gateNorm', 'gateTurn', 'gateNormTurn'] as const;
export type SumName = (typeof SUMS)[number];

/** The sums of one demo, or of several added up. Each array is `[n_moe_layers * n_expert]`, layer-major. */
export type ExpertSums = Readonly<Record<SumName, Float64Array>>;

/** Separate sums for each class of tokens; a class without tokens has none. */
export type ClassSums = Readonly<Partial<Record<TokenClass, ExpertSums>>>;

/** Builds all sums, calling `of` for each. */
export function sumsOf(of: (name: SumName, index: number) => Float64Array): ExpertSums {
  return Object.fromEntries(SUMS.map((name, i) => [name, of(name, i)])) as Record<SumName, Float64Array>;
}

/** Shape of a matrix over the MoE layers, in block order. */
export type MatrixShape = { readonly nLayers: number; readonly nExpert: number };

/** The scores of one criterion: `scores[layer * nExpert + expert]`. */
export type ScoreMatrix = MatrixShape & { readonly scores: Float64Array };
