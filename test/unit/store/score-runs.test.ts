import { expect, test } from 'vitest';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { loadDemoScores, saveDemoScores, scoredPositions } from '../../../electron/engine/store/demo-scores.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import {
  claimScoreRun,
  createScoreRun,
  deleteScoreRuns,
  findDoneRun,
  findResumableRun,
  finishScoreRun,
  getScoreRun,
  listRunDemos,
  listScoreRuns,
  markInterruptedRuns,
  purgeDeletedRuns,
  restoreScoreRuns,
  settingsHash,
  type ScoreRun,
} from '../../../electron/engine/store/score-runs.ts';
import { startScript, temporaryHome, thrownBy } from './support.ts';
import { DEMOS, MODEL, PACK, SETTINGS, scoreOf, sumsOf } from './tiny-run.ts';

const demos = DEMOS.slice(0, 3);
const hashes = demos.map(({ hash }) => hash);
const HASH = settingsHash(SETTINGS);

function startRun(store: Store, of = demos): ScoreRun {
  const model = rememberModel(store, MODEL);
  return createScoreRun(store, { modelId: model.id, domain: 'math', settings: SETTINGS, demos: of }, 1000);
}

function allScores(store: Store, runId: number) {
  return scoredPositions(store, runId).map((position) => ({ position, ...loadDemoScores(store, runId, position) }));
}

test('a run goes from its first checkpoint to its end', () => {
  const store = openStore(temporaryHome());
  const run = startRun(store);
  expect(run).toEqual({
    id: 1,
    modelId: 1,
    domain: 'math',
    settings: SETTINGS,
    state: 'running',
    startedMs: 1000,
    finishedMs: null,
    tokens: 10 + 11 + 12,
    seconds: 0,
    demos: 3,
    scoredDemos: 0,
    taken: null,
    importance: false,
  });
  expect(listRunDemos(store, run.id)).toEqual(demos);
  saveDemoScores(store, run.id, [scoreOf(2), scoreOf(0)]);
  expect(scoredPositions(store, run.id)).toEqual([0, 2]);
  expect(() => finishScoreRun(store, run.id, 'done', 1)).toThrow(/2 of 3 demos/);
  saveDemoScores(store, run.id, [scoreOf(1)]);
  finishScoreRun(store, run.id, 'done', 2.5, 2000);
  expect(getScoreRun(store, run.id)).toEqual({
    ...run,
    state: 'done',
    finishedMs: 2000,
    seconds: 2.5,
    scoredDemos: 3,
  });
  expect(allScores(store, run.id)).toEqual([0, 1, 2].map((position) => scoreOf(position)));
  expect(findDoneRun(store, 1, HASH, hashes)?.id).toBe(run.id);
  expect(findResumableRun(store, 1, HASH, hashes)).toBeUndefined();
  store.close();
});

test('a deleted run is out of sight, comes back whole, and goes when its deleter has ended', async () => {
  const store = openStore(temporaryHome());
  const run = startRun(store);
  saveDemoScores(store, run.id, [scoreOf(0)]);
  const error = thrownBy(() => deleteScoreRuns(store, [run.id]));
  expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining('"math" is being scored') as string });
  finishScoreRun(store, run.id, 'cancelled', 1);
  const before = getScoreRun(store, run.id);

  deleteScoreRuns(store, [run.id]);
  expect(listScoreRuns(store)).toEqual([]);
  expect(getScoreRun(store, run.id)).toBeUndefined();
  expect(findResumableRun(store, 1, HASH, hashes)).toBeUndefined();
  await purgeDeletedRuns(store);
  restoreScoreRuns(store, [run.id]);
  expect(getScoreRun(store, run.id)).toEqual(before);
  expect(allScores(store, run.id)).toEqual([scoreOf(0)]);

  deleteScoreRuns(store, [run.id]);
  store.run(`UPDATE score_runs SET owner_start = 'of a process that has ended'`);
  await purgeDeletedRuns(store);
  restoreScoreRuns(store, [run.id]);
  expect(listScoreRuns(store)).toEqual([]);
  expect(scoredPositions(store, run.id)).toEqual([]);
  store.close();
});

test('a checkpoint is saved whole or not at all', () => {
  const store = openStore(temporaryHome());
  const run = startRun(store);
  saveDemoScores(store, run.id, [scoreOf(1)]);
  const bad = [
    [1, 'saved twice', sumsOf(1), /UNIQUE/],
    [3, 'not in the run', sumsOf(3), /FOREIGN KEY/],
    [2, 'of another shape', sumsOf(2, 25), /25 entries for a model with 24/],
  ] as const;
  for (const [position, what, sums, message] of bad) {
    expect(() => saveDemoScores(store, run.id, [scoreOf(0), scoreOf(position, sums)]), what).toThrow(message);
    expect(scoredPositions(store, run.id), what).toEqual([1]);
  }
  store.close();
});

test('only the same model, settings and demos in the same order are resumed', () => {
  const store = openStore(temporaryHome());
  const run = startRun(store);
  saveDemoScores(store, run.id, [scoreOf(0)]);
  // It is being worked on.
  expect(findResumableRun(store, 1, HASH, hashes)).toBeUndefined();
  expect(claimScoreRun(store, run.id)).toBe(false);
  finishScoreRun(store, run.id, 'cancelled', 1.5);

  expect(findResumableRun(store, 1, HASH, hashes)?.id).toBe(run.id);
  expect(findResumableRun(store, 2, HASH, hashes)).toBeUndefined();
  expect(findResumableRun(store, 1, settingsHash({ ...SETTINGS, maxTokens: 9 }), hashes)).toBeUndefined();
  expect(findResumableRun(store, 1, HASH, hashes.toReversed())).toBeUndefined();
  expect(findResumableRun(store, 1, HASH, hashes.slice(0, 2))).toBeUndefined();
  expect(findDoneRun(store, 1, HASH, hashes)).toBeUndefined();

  // The one of two that has come further, also where the other is newer.
  const newer = startRun(store);
  finishScoreRun(store, newer.id, 'failed', 1);
  expect(findResumableRun(store, 1, HASH, hashes)?.id).toBe(run.id);

  expect(claimScoreRun(store, run.id)).toBe(true);
  expect(getScoreRun(store, run.id)).toMatchObject({ state: 'running', finishedMs: null });
  expect(claimScoreRun(store, run.id)).toBe(false);
  saveDemoScores(
    store,
    run.id,
    [1, 2].map((position) => scoreOf(position)),
  );
  finishScoreRun(store, run.id, 'done', 2);
  expect(getScoreRun(store, run.id)).toMatchObject({ state: 'done', seconds: 3.5, scoredDemos: 3 });
  store.close();
});

test('a run that ended or went to another process takes no more checkpoints', () => {
  const store = openStore(temporaryHome());
  const run = startRun(store);
  const save = (): void => saveDemoScores(store, run.id, [scoreOf(0)]);
  finishScoreRun(store, run.id, 'cancelled', 1);
  expect(thrownBy(save).code).toBe('STORE');
  claimScoreRun(store, run.id);
  store.run('UPDATE score_runs SET owner_pid = 1');
  expect(thrownBy(save).code).toBe('STORE');
  expect(thrownBy(() => finishScoreRun(store, run.id, 'failed', 1)).code).toBe('STORE');
  expect(scoredPositions(store, run.id)).toEqual([]);
  store.close();
});

test('a damaged matrix is reported, not computed with', () => {
  const store = openStore(temporaryHome());
  const run = startRun(store);
  saveDemoScores(store, run.id, [scoreOf(0)]);
  store.run(`UPDATE demo_scores SET sums = CAST(substr(sums, 1, length(sums) - 1) || x'7f' AS BLOB)`);
  const error = thrownBy(() => loadDemoScores(store, run.id, 0));
  expect(error.code).toBe('STORE');
  expect(error.message).toMatch(/checksum .* score again/);
  store.close();
});

test('a process with the number of a dead one does not keep its runs', () => {
  const store = openStore(temporaryHome());
  const run = startRun(store);
  expect(markInterruptedRuns(store)).toBe(0);
  store.run(`UPDATE score_runs SET owner_start = 'before the last boot'`);
  expect(markInterruptedRuns(store, 5000)).toBe(1);
  expect(getScoreRun(store, run.id)).toMatchObject({ state: 'interrupted', finishedMs: 5000 });
  store.close();
});

const SCORE = new URL('scripts/score.ts', import.meta.url);

test('the run of a living process is left alone, that of a killed one is resumed', async () => {
  const home = temporaryHome();
  const script = startScript(SCORE, home, String(2 * PACK));
  const runId = Number(await script.line());
  while ((await script.line()) !== 'hanging');
  const store = openStore(home);
  const all = DEMOS.map(({ hash }) => hash);
  // Although that process holds the write lock: nothing is to be written.
  expect(markInterruptedRuns(store)).toBe(0);
  expect(getScoreRun(store, runId)?.state).toBe('running');
  expect(findResumableRun(store, 1, HASH, all)).toBeUndefined();

  await script.kill();
  // The transaction that was open is gone as a whole; what was committed is there, to the bit.
  expect(store.integrityFindings()).toEqual([]);
  expect(allScores(store, runId)).toEqual(Array.from({ length: 2 * PACK }, (_, position) => scoreOf(position)));
  const found = findResumableRun(store, 1, HASH, all);
  expect(found).toMatchObject({ id: runId, state: 'interrupted', scoredDemos: 2 * PACK, demos: DEMOS.length });
  expect(claimScoreRun(store, runId)).toBe(true);
  saveDemoScores(store, runId, [scoreOf(2 * PACK)]);
  store.close();
});

test('killed at any moment, a run keeps every pack that it said was saved', { timeout: 180_000 }, async () => {
  for (const packs of [1, 7, 23]) {
    const home = temporaryHome();
    const script = startScript(SCORE, home);
    const runId = Number(await script.line());
    let said = 0;
    while (said < packs * PACK) said = Number(await script.line());
    await script.kill();
    said = Number(script.lines.at(-1) ?? said);
    expect(said).toBeLessThan(DEMOS.length);

    const store = openStore(home);
    expect(store.integrityFindings()).toEqual([]);
    const saved = scoredPositions(store, runId);
    expect(saved.length % PACK).toBe(0);
    // The last pack may be committed and not yet told.
    expect([said, said + PACK]).toContain(saved.length);
    expect(allScores(store, runId)).toEqual(saved.map((position) => scoreOf(position)));
    expect(saved).toEqual(Array.from(saved.keys()));
    store.close();
  }
});
