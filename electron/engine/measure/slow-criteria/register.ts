// The criteria that can only be compared: what each observes, the source of its formula, and its values. Stored runs do not hold what they
// observe, so `CRITERIA` of the contract lists none of them. The search for the best file can choose by the joint one (fit/chooser.ts).
import {
  CRITERIA,
  partsOfCriterion,
  type ComparedCriterion,
  type Criterion,
  type SlowCriterion,
} from '../../../contract/criteria.ts';
import { contributions, type Dictionary } from './dictionary.ts';
import { eliminateJointly, eliminatePairs } from './elimination.ts';
import type { ExpertWeights, Observation } from './evidence.ts';

/** Which experts are dropped: all but `keep`, from the lower or the upper end. */
type Dropping = { readonly keep: number; readonly keepsLowest: boolean };

type OfWeights = {
  readonly observes: 'weights';
  /** Data needed in addition to norms, which are always read. */
  readonly needs: 'similarity' | 'spectral' | null;
  readonly valuesOf: (weights: ExpertWeights) => Float64Array;
};

type OfDemos = {
  /** Observes another pass over the demos. */
  readonly observes: 'demos';
  /** Data needed in addition to counts. Outliers refer to outputs, and need a second pass. */
  readonly needs: 'outputs' | 'outliers' | 'dictionary' | null;
  readonly valuesOf: (
    observation: Observation,
    how: Dropping & { readonly dictionary: Dictionary | null },
  ) => Float64Array;
};

type OfElimination = {
  /** Observes a sample of the demos' tokens with all experts (eliminate-experts.ts). */
  readonly observes: 'rerouting';
  readonly valuesOf: (eliminated: Float64Array) => Float64Array;
};

export type Registered = (OfWeights | OfDemos | OfElimination) & {
  /** Source, as named in docs/METHOD.md, which says how the formula differs; names in capitals are MC-Suite's. */
  readonly source: string;
  /** Whether it drops one expert after the other, and itself handles which end to drop. */
  readonly isElimination?: true;
  readonly isSelectable: false;
};

/** One row per criterion. */
export const SLOW_CRITERIA: Readonly<Record<SlowCriterion, Registered>> = {
  'router-norm': ofWeights('RWN', null, ({ routerNorm }) => routerNorm),
  'weight-norm': ofWeights('EWN', null, ({ norm }) => norm),
  'stable-rank': ofWeights('WSR', 'spectral', ({ stableRank }) => stableRank),
  'weight-similarity': ofWeights('EWS', 'similarity', ({ similarity }) => similarity),
  msan: ofDemos('arXiv 2606.15716', 'outputs', ({ squares, counts }) =>
    squares.map((square, i) => (counts[i]! > 0 ? square / counts[i]! : 0)),
  ),
  'output-norm': ofDemos('EAN', 'outputs', ({ outputNorm }) => outputNorm),
  entropy: ofDemos('EAE', 'outputs', ({ entropy }) => entropy),
  outliers: ofDemos('EAO', 'outliers', ({ outliers }) => outliers),
  'activation-similarity': ofDemos('EAS', 'outputs', ({ similarity, counts, nExpert }) =>
    meanOfOthers(similarity, nExpert).map((mean, i) => (counts[i]! > 0 ? mean : NaN)),
  ),
  'co-activation': byElimination('ECC', ({ pairs }) => pairs),
  vocabulary: ofDemos('EVTC', null, ({ coverage }) => coverage),
  'token-similarity': byElimination('ETS', ({ shared }) => shared),
  caep: ofDemos('arXiv 2504.12359', 'dictionary', ({ nLayers, nExpert }, { keep, dictionary }) => {
    if (!dictionary) throw new RangeError('no dictionary was learned');
    return contributions(dictionary, nLayers, nExpert, keep);
  }),
  'joint-outputs': ofDemos('greedy', 'outputs', ({ gram, nLayers, nExpert }) =>
    byLayer(nLayers, (layer) => eliminateJointly(pairsOf(gram, layer, nExpert), nExpert)),
  ),
  'joint-rerouted': {
    observes: 'rerouting',
    source: 'greedy',
    isSelectable: false,
    valuesOf: (eliminated: Float64Array) => eliminated,
  },
};

/** The row of a criterion, whichever end is kept; null: it follows from stored sums, or from chance. */
export function registered(compared: ComparedCriterion): Registered | null {
  const { criterion } = partsOfCriterion(compared);
  return isStored(criterion) ? null : SLOW_CRITERIA[criterion];
}

/** The rows of those criteria that observe something. */
export function observing(criteria: readonly ComparedCriterion[]): Registered[] {
  return criteria.flatMap((compared) => registered(compared) ?? []);
}

/** Whether one of the criteria removes experts one by one with re-routing. */
export function eliminates(criteria: readonly ComparedCriterion[]): boolean {
  return observing(criteria).some(({ observes }) => observes === 'rerouting');
}

/** Whether stored runs hold the sums for a criterion, or it is chance. */
export function isStored(criterion: Criterion | SlowCriterion): criterion is Criterion {
  return CRITERIA.some((one) => one === criterion);
}

function ofWeights(source: string, needs: OfWeights['needs'], valuesOf: OfWeights['valuesOf']): Registered {
  return { observes: 'weights', needs, source, valuesOf, isSelectable: false };
}

function ofDemos(source: string, needs: OfDemos['needs'], valuesOf: OfDemos['valuesOf']): Registered {
  return { observes: 'demos', needs, source, valuesOf, isSelectable: false };
}

/** A criterion that drops experts by pairs. @param of returns the values of pairs of experts */
function byElimination(source: string, of: (observation: Observation) => Float64Array): Registered {
  const row = ofDemos(source, null, (observation, { keepsLowest }) => {
    const { counts, nLayers, nExpert } = observation;
    return byLayer(nLayers, (layer) =>
      eliminatePairs(pairsOf(of(observation), layer, nExpert), rowOf(counts, layer, nExpert), keepsLowest),
    );
  });
  return { ...row, isElimination: true };
}

/** Mean of each row of a symmetric matrix `[layers * nExpert * nExpert]` without its diagonal; 0 for a single expert. */
export function meanOfOthers(pairs: Float64Array, nExpert: number): Float64Array {
  return Float64Array.from({ length: pairs.length / nExpert }, (_, i) => {
    const row = rowOf(pairs, i, nExpert);
    const sum = row.reduce((total, value) => total + value, 0) - row[i % nExpert]!;
    return nExpert > 1 ? sum / (nExpert - 1) : 0;
  });
}

function byLayer(nLayers: number, of: (layer: number) => Float64Array): Float64Array {
  return Float64Array.from(Array.from({ length: nLayers }, (_, layer) => [...of(layer)]).flat());
}

/** The values of one layer, or of one expert. */
export function rowOf(values: Float64Array, layer: number, nExpert: number): Float64Array {
  return values.subarray(layer * nExpert, (layer + 1) * nExpert);
}

function pairsOf(values: Float64Array, layer: number, nExpert: number): Float64Array {
  return rowOf(values, layer, nExpert * nExpert);
}
