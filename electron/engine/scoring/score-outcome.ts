// A finished score run with the sums of every demo: what scores.json is written from.
import type { ExpertSums } from '../../contract/criteria.ts';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { addSums, emptySums } from '../selection/criteria.ts';
import type { Store } from '../store/database.ts';
import { loadDemoScores } from '../store/demo-scores.ts';
import type { RunDemo } from '../store/score-runs.ts';
import type { ScoredRun } from './run-scoring.ts';

type ScoredDemo = RunDemo & { readonly sums: ExpertSums };

export type ScoreOutcome = Omit<ScoredRun, 'demos'> & {
  readonly demos: readonly ScoredDemo[];
  /** All demos added up. */
  readonly total: ExpertSums;
};

/** @throws WinnowError STORE when a stored matrix is damaged */
export function loadOutcome(store: Store, scored: ScoredRun): ScoreOutcome {
  const { info, run } = scored;
  const total = emptySums(info.moeLayers.length, info.nExpert);
  const demos = loadDemoScores(store, run.id).map(({ position, sums }) => {
    addSums(total, sums);
    const demo = scored.demos[position];
    if (!demo) throw new WinnowError('STORE', say('foreignScores', { id: run.id }));
    return { ...demo, sums };
  });
  return { ...scored, demos, total };
}
