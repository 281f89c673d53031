import { expect, test } from 'vitest';
import { openStore } from '../../../electron/engine/store/database.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { importancePositions, loadImportance, saveImportance } from '../../../electron/engine/store/demo-scores.ts';
import {
  createScoreRun,
  dropScoreRun,
  findDoneRun,
  findResumableRun,
  finishScoreRun,
  settingsHash,
} from '../../../electron/engine/store/score-runs.ts';
import { temporaryHome, thrownBy } from './support.ts';
import { DEMOS, MODEL, SETTINGS } from './tiny-run.ts';

const demos = DEMOS.slice(0, 3);

function begin(importance: boolean) {
  const store = openStore(temporaryHome());
  const modelId = rememberModel(store, MODEL).id;
  const { id } = createScoreRun(store, { modelId, domain: 'math', settings: SETTINGS, demos, importance }, 1000);
  const same = [modelId, settingsHash(SETTINGS), demos.map(({ hash }) => hash)] as const;
  return { store, id, same };
}

test('each checkpoint takes the place of the one before, with the demos that it has seen', () => {
  const { store, id } = begin(true);
  expect(loadImportance(store, id)).toEqual([]);
  expect(importancePositions(store, id)).toEqual([]);
  const input = (name: string, sum: number) => ({
    names: [name, `${name}.other`],
    counts: new Float64Array([2 ** 40, 3]),
    sums: new Float32Array([sum, Math.fround(0.1), 0, 1e30]),
  });
  saveImportance(store, id, [input('blk.0.a', 1), input('blk.1.a', 2)], [0]);
  saveImportance(store, id, [input('blk.1.a', 5), input('blk.0.a', 4)], [1, 2]);
  expect(loadImportance(store, id)).toEqual([input('blk.1.a', 5), input('blk.0.a', 4)]);
  expect(importancePositions(store, id)).toEqual([0, 1, 2]);

  dropScoreRun(store, id);
  expect(loadImportance(store, id)).toEqual([]);
});

test('a run that is not held by this process is not written to', () => {
  const { store, id } = begin(true);
  finishScoreRun(store, id, 'cancelled', 1);
  expect(thrownBy(() => saveImportance(store, id, [], [0]))).toMatchObject({ code: 'STORE' });
  expect(importancePositions(store, id)).toEqual([]);
});

test('unfinished runs are resumed by requests that collect what they collect', () => {
  for (const collects of [true, false]) {
    const { store, id, same } = begin(collects);
    finishScoreRun(store, id, 'cancelled', 1);
    expect(findResumableRun(store, ...same, collects)?.id).toBe(id);
    expect(findResumableRun(store, ...same, !collects)).toBeUndefined();
    expect(findDoneRun(store, ...same, false)).toBeUndefined();
  }
});
