// Which stored run a scores file was written from.
import { expect, test } from 'vitest';
import { scoresFileSchema, type ScoresFile } from '../../../electron/contract/scores-file.ts';
import { findScoredRun } from '../../../electron/engine/experts/selections/scores-of-files.ts';
import { RunTotals } from '../../../electron/engine/experts/runs/run-totals.ts';
import { scoresDocument } from '../../../electron/engine/experts/scoring/scores-document.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun, finishScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { temporaryHome } from '../store/support.ts';
import { ESTIMATE } from '../scoring/an-estimate.ts';
import { DEMOS, MODEL, SETTINGS, scoreOf, sumsOf } from '../store/tiny-run.ts';

test('a run is found by demos and scores, to the bit, and not by its name alone', async () => {
  const store = openStore(temporaryHome());
  const modelId = rememberModel(store, MODEL).id;
  const scored = async (demos: number, first: number) => {
    const list = DEMOS.slice(0, demos);
    const run = createScoreRun(store, { modelId, domain: 'math', settings: { ...SETTINGS, first }, demos: list });
    saveDemoScores(
      store,
      run.id,
      list.map((_, position) => scoreOf(position, sumsOf(first + position / 7))),
    );
    finishScoreRun(store, run.id, 'done', 1);
    const made = { id: run.id, reused: false, resumed: false, seconds: 1, tokens: 1, tappedBytes: 1 };
    const tokens = list.reduce((sum, demo) => sum + demo.tokens, 0);
    const outcome = {
      info: { ...MODEL, state: '' },
      domain: 'math',
      demos: list,
      tokens,
      estimate: ESTIMATE,
      run: made,
    };
    const document = scoresDocument(outcome, await new RunTotals(store).of(run.id));
    return { id: run.id, file: scoresFileSchema.parse(JSON.parse(JSON.stringify(document))) };
  };
  const runs = [await scored(3, 0.1), await scored(3, 0.2), await scored(2, 0.1)];
  for (const { id, file } of runs) expect((await findScoredRun(store, modelId, file))?.id).toBe(id);

  const [{ file } = { file: {} as ScoresFile }] = runs;
  expect(await findScoredRun(store, modelId, { ...file, domain: 'french' })).toBeUndefined();
  expect(await findScoredRun(store, modelId + 1, file)).toBeUndefined();
  const [[first = 0, ...others] = [], ...rows] = file.criteria['easy-ep']!;
  const touched = { ...file.criteria, 'easy-ep': [[first * (1 + Number.EPSILON), ...others], ...rows] };
  expect(await findScoredRun(store, modelId, { ...file, criteria: touched })).toBeUndefined();
});
