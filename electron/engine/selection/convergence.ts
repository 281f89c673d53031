// How soon the choice of experts settles as demos are added: whether further demos are worth their time.
import type { Criterion, ExpertSums, ScoreMatrix } from '../../contract/criteria.ts';
import { addSums, emptySums, scoreMatrix, type MatrixShape } from '../scoring/criteria.ts';
import type { SelectOptions } from './layer-rules.ts';
import { checkSameShape } from './matrix-shares.ts';
import { selectExperts } from './select.ts';

export type ConvergencePoint = {
  /** The first so many demos. */
  readonly demos: number;
  /** Share of the experts kept with all demos that these demos find already: mean over the layers, 0 to 1. */
  readonly found: number;
  /** The same in the layer where it is smallest. */
  readonly foundInWorstLayer: number;
};

/**
 * The curve for a criterion that adds up over demos (every one but `reap`), from one score matrix per demo in the
 * order in which they count: the kept set of the first n demos against that of all, for n = 1, 2, 5, 10, 20,
 * 50, … and all.
 * @returns no points without demos
 * @throws WinnowError SCORES_INVALID and SELECTION_IMPOSSIBLE as `selectExperts`
 */
export function convergence(demoMatrices: readonly ScoreMatrix[], options: SelectOptions): ConvergencePoint[] {
  if (demoMatrices.length === 0) return [];
  const { nLayers, nExpert } = checkSameShape(demoMatrices);
  const total = new Float64Array(nLayers * nExpert);
  return curve(demoMatrices, options, ({ scores }) => {
    scores.forEach((score, i) => (total[i] = total[i]! + score));
    return { nLayers, nExpert, scores: total };
  });
}

/** As `convergence`, for any criterion, from each demo's sums. */
export function convergenceOfSums(
  criterion: Criterion,
  demoSums: readonly ExpertSums[],
  shape: MatrixShape,
  options: SelectOptions,
): ConvergencePoint[] {
  const total = emptySums(shape.nLayers, shape.nExpert);
  return curve(demoSums, options, (sums) => {
    addSums(total, sums);
    return scoreMatrix(criterion, total, shape);
  });
}

/** @param add takes one more demo in and gives the scores of all so far */
function curve<Demo>(
  demos: readonly Demo[],
  options: SelectOptions,
  add: (demo: Demo) => ScoreMatrix,
): ConvergencePoint[] {
  const counts = demoCounts(demos.length);
  const choices: { readonly demos: number; readonly kept: number[][] }[] = [];
  demos.forEach((demo, index) => {
    const matrix = add(demo);
    if (counts.has(index + 1)) choices.push({ demos: index + 1, kept: selectExperts(matrix, options).kept });
  });
  const final = choices.at(-1)?.kept.map((experts) => new Set(experts)) ?? [];
  return choices.map((choice) => {
    const layers = choice.kept.map((experts, layer) => {
      const all = final[layer]!;
      return experts.filter((expert) => all.has(expert)).length / all.size;
    });
    return {
      demos: choice.demos,
      found: layers.reduce((sum, share) => sum + share, 0) / layers.length,
      foundInWorstLayer: Math.min(...layers),
    };
  });
}

/** 1, 2, 5, 10, 20, 50, … past `nDemos`, and `nDemos`. */
function demoCounts(nDemos: number): Set<number> {
  const counts = new Set([nDemos]);
  for (let decade = 1; decade < nDemos; decade *= 10)
    counts
      .add(decade)
      .add(2 * decade)
      .add(5 * decade);
  return counts;
}
