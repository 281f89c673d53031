// Runs that scored prediction blocks, beside runs that did not.
import { expect, onTestFinished, test } from 'vitest';
import { requireOneModel, requireRun, matrixShape } from '../../../electron/engine/experts/runs/stored-run.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { loadDemoScores, saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { temporaryHome } from '../store/support.ts';
import { DEMOS, MODEL, SETTINGS, scoreOf, sumsOf } from '../store/tiny-run.ts';

test('their matrices have a row more, and they are not mixed', () => {
  const store = openStore(temporaryHome());
  onTestFinished(() => store.close());
  const info = { ...MODEL, blockCount: 5, nextnLayers: [4], predictionLayers: [4] };
  const modelId = rememberModel(store, info).id;
  const of = (domain: string, settings: object): number =>
    createScoreRun(store, { modelId, domain, settings, demos: DEMOS.slice(0, 1) }).id;
  const old = of('law', SETTINGS);
  const scored = of('code', { ...SETTINGS, predictionLayers: [4] });

  expect(matrixShape(requireRun(store, old).model.info)).toEqual({ nLayers: 3, nExpert: 8 });
  expect(requireRun(store, scored).model.info.moeLayers).toEqual([1, 2, 3, 4]);
  saveDemoScores(store, scored, [scoreOf(0, sumsOf(0, 32))]);
  expect(loadDemoScores(store, scored, 0).sums.count).toHaveLength(32);
  saveDemoScores(store, old, [scoreOf(0, sumsOf(0, 24))]);
  expect(() => saveDemoScores(store, old, [scoreOf(1, sumsOf(1, 32))])).toThrow(RangeError);

  const runs = [old, scored].map((id) => requireRun(store, id));
  for (const order of [runs, runs.toReversed()]) {
    expect(() => requireOneModel(order)).toThrow(/“law” is older/);
  }
  expect(requireOneModel([runs[1]!, runs[1]!]).info.moeLayers).toHaveLength(4);
});
