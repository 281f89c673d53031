// The criteria that can only be compared: what each observes, where its formula comes from, and its values. No stored run holds what they
// observe, so `CRITERIA` of the contract lists none; the search for the best file chooses by the joint one (fit/chooser.ts).
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

/** Which experts are to be dropped. */
type Dropping = { readonly keep: number; readonly keepsLowest: boolean };

type OfWeights = {
  readonly observes: 'weights';
  /** Beside norms, which are always read. */
  readonly needs: 'similarity' | 'spectral' | null;
  readonly valuesOf: (weights: ExpertWeights) => Float64Array;
};

type OfDemos = {
  /** Another pass over them. */
  readonly observes: 'demos';
  /** Beside counts; outliers are of outputs, and take a second pass. */
  readonly needs: 'outputs' | 'outliers' | 'dictionary' | null;
  readonly valuesOf: (
    observation: Observation,
    how: Dropping & { readonly dictionary: Dictionary | null },
  ) => Float64Array;
};

type OfElimination = {
  /** A sample of the demos' tokens passes all experts (eliminate-experts.ts). */
  readonly observes: 'rerouting';
  readonly valuesOf: (eliminated: Float64Array) => Float64Array;
};

export type Registered = (OfWeights | OfDemos | OfElimination) & {
  /** As docs/METHOD.md names it, which says how the formula differs; capitals are MC-Suite's. */
  readonly source: string;
  /** It drops one expert after the other, and is told itself which end to drop. */
  readonly isElimination?: true;
  readonly isSelectable: false;
};

/** One row of each. */
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

/** Its row, whichever end of it is kept; null: it follows from stored sums, or from chance. */
export function registered(compared: ComparedCriterion): Registered | null {
  const { criterion } = partsOfCriterion(compared);
  return isStored(criterion) ? null : SLOW_CRITERIA[criterion];
}

/** Those of the criteria that observe something. */
export function observing(criteria: readonly ComparedCriterion[]): Registered[] {
  return criteria.flatMap((compared) => registered(compared) ?? []);
}

/** Whether one of the criteria lets experts go one after the other with re-routing. */
export function eliminates(criteria: readonly ComparedCriterion[]): boolean {
  return observing(criteria).some(({ observes }) => observes === 'rerouting');
}

/** Whether it is one that runs hold the sums for, or chance. */
export function isStored(criterion: Criterion | SlowCriterion): criterion is Criterion {
  return CRITERIA.some((one) => one === criterion);
}

function ofWeights(source: string, needs: OfWeights['needs'], valuesOf: OfWeights['valuesOf']): Registered {
  return { observes: 'weights', needs, source, valuesOf, isSelectable: false };
}

function ofDemos(source: string, needs: OfDemos['needs'], valuesOf: OfDemos['valuesOf']): Registered {
  return { observes: 'demos', needs, source, valuesOf, isSelectable: false };
}

/** @param of pairs of experts */
function byElimination(source: string, of: (observation: Observation) => Float64Array): Registered {
  const row = ofDemos(source, null, (observation, { keepsLowest }) => {
    const { counts, nLayers, nExpert } = observation;
    return byLayer(nLayers, (layer) =>
      eliminatePairs(pairsOf(of(observation), layer, nExpert), rowOf(counts, layer, nExpert), keepsLowest),
    );
  });
  return { ...row, isElimination: true };
}

/** Mean of each row of a symmetric matrix `[layers * nExpert * nExpert]` without its diagonal; 0 for a lone expert. */
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

/** Values of one layer, or of one expert. */
export function rowOf(values: Float64Array, layer: number, nExpert: number): Float64Array {
  return values.subarray(layer * nExpert, (layer + 1) * nExpert);
}

function pairsOf(values: Float64Array, layer: number, nExpert: number): Float64Array {
  return rowOf(values, layer, nExpert * nExpert);
}
