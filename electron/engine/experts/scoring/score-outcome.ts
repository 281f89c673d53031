// A finished score run with the sums of every demo, from which scores.json is written.
import type { ClassSums, ExpertSums } from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { TOKEN_CLASSES, type TokenClass } from '../../../contract/token-classes.ts';
import { addSums, emptySums } from '../selection/criteria.ts';
import type { Store } from '../../store/database.ts';
import { loadDemoScores } from '../../store/demo-scores.ts';
import type { RunDemo } from '../../store/score-runs.ts';
import type { ScoredRun } from './run-scoring.ts';

type ScoredDemo = RunDemo & { readonly sums: ExpertSums };

export type ScoreOutcome = Omit<ScoredRun, 'demos'> & {
  readonly demos: readonly ScoredDemo[];
  /** All demos added up. */
  readonly total: ExpertSums;
  /** The same for each class of tokens. */
  readonly classTotals: ClassSums;
  /** The largest norm of each expert's outputs, `[n_moe_layers * n_expert]`. */
  readonly maxNorm: Float32Array;
};

/** @throws WinnowError STORE when a stored matrix is damaged */
export function loadOutcome(store: Store, scored: ScoredRun): ScoreOutcome {
  const { info, run } = scored;
  const empty = (): ExpertSums => emptySums(info.moeLayers.length, info.nExpert);
  const total = empty();
  const classTotals: Partial<Record<TokenClass, ExpertSums>> = {};
  const maxNorm = new Float32Array(total.count.length);
  const demos = loadDemoScores(store, run.id).map(({ position, sums, classSums = {}, maxNorm: largest }) => {
    addSums(total, sums);
    for (const tokenClass of TOKEN_CLASSES) {
      const ofClass = classSums[tokenClass];
      if (ofClass) addSums((classTotals[tokenClass] ??= empty()), ofClass);
    }
    largest?.forEach((norm, i) => (maxNorm[i] = Math.max(maxNorm[i]!, norm)));
    const demo = scored.demos[position];
    if (!demo) throw new WinnowError('STORE', say('foreignScores', { id: run.id }));
    return { ...demo, sums };
  });
  return { ...scored, demos, total, classTotals, maxNorm };
}
