// The stored run that a scores file was written from: with it a choice by the file is as good as one by the run.
import type { ScoresFile } from '../../../contract/scores-file.ts';
import { scoreMatrix } from '../selection/criteria.ts';
import { matrixFromScores } from '../selection/scores-file.ts';
import type { Store } from '../../store/database.ts';
import { listRunDemos, listScoreRuns, type ScoreRun } from '../../store/score-runs.ts';
import { RunTotals } from './run-totals.ts';

/** Two of them tell runs apart that differ in anything that scores depend on. */
const TELLING = ['easy-ep', 'gate'] as const;

/**
 * @returns undefined: it was scored elsewhere, or the run was deleted
 * @throws WinnowError STORE: a stored matrix is damaged
 */
export async function findScoredRun(store: Store, modelId: number, file: ScoresFile): Promise<ScoreRun | undefined> {
  const totals = new RunTotals(store);
  const ids = file.demos.map(({ id }) => id).join('\n');
  for (const run of listScoreRuns(store)) {
    if (run.state !== 'done' || run.modelId !== modelId || run.domain !== file.domain) continue;
    if (
      listRunDemos(store, run.id)
        .map(({ id }) => id)
        .join('\n') !== ids
    )
      continue;
    if (await hasScores(totals, run, file)) return run;
  }
  return undefined;
}

/** To the bit: JSON keeps every digit. */
async function hasScores(totals: RunTotals, { id }: ScoreRun, file: ScoresFile): Promise<boolean> {
  const { sums } = await totals.of(id, 'all');
  return TELLING.every((criterion) => {
    const { scores, ...shape } = matrixFromScores(file, criterion);
    const stored = scoreMatrix(criterion, sums, shape).scores;
    return stored.length === scores.length && stored.every((score, i) => score === scores[i]);
  });
}
