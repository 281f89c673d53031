import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { CRITERIA } from '../../../electron/contract/criteria.ts';
import { SAMPLE_MODEL } from '../../../electron/engine/base/files/sample-files.ts';
import { addSums, emptySums, scoreMatrix } from '../../../electron/engine/experts/selection/criteria.ts';
import { mixMatrices } from '../../../electron/engine/experts/selection/matrix-shares.ts';
import type { Store } from '../../../electron/engine/store/database.ts';
import { saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import { ensureDomain } from '../../../electron/engine/store/domains.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun, finishScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { failure } from '../selection/matrices.ts';
import { DEMOS, MODEL, SETTINGS, scoreOf, sumsOf } from '../store/tiny-run.ts';
import { openTestEngine } from './test-engine.ts';

const shape = { nLayers: MODEL.moeLayers.length, nExpert: MODEL.nExpert };

/** Sums that differ from demo to demo in their order. */
const turned = (demo: number) => {
  const sums = sumsOf(demo);
  sums.gateNormTurn.set(sums.gateNormTurn.map((_, i) => (i * (demo + 1) * 7) % 24));
  return sums;
};

function begin(store: Store, domain: string, nDemos: number, fingerprint = MODEL.fingerprint): number {
  const modelId = rememberModel(store, { ...MODEL, fingerprint, name: `Tiny ${fingerprint[0] ?? ''}` }).id;
  return createScoreRun(store, { modelId, domain, settings: SETTINGS, demos: DEMOS.slice(0, nDemos) }).id;
}

const save = (store: Store, runId: number, ...demos: number[]): void =>
  saveDemoScores(
    store,
    runId,
    demos.map((position) => scoreOf(position, turned(position))),
  );

function totalOf(...demos: number[]) {
  const total = emptySums(shape.nLayers, shape.nExpert);
  for (const demo of demos) addSums(total, turned(demo));
  return total;
}

test('scores are those of the demos that are done, while a run goes on', async () => {
  const { services, client } = openTestEngine();
  const { store } = services.context;
  const runId = begin(store, 'math', 5);
  const ask = { runIds: [runId], criterion: 'easy-ep' as const, mix: 'shares' as const, seed: 0 };
  const empty = await client.call('runs.scores', ask);
  expect(empty).toMatchObject({ ...shape, moeLayers: MODEL.moeLayers, scoredDemos: 0 });
  expect(empty.scores.every((score) => score === 0)).toBe(true);
  save(store, runId, 0, 1);
  for (const criterion of CRITERIA) {
    const { scores, scoredDemos } = await client.call('runs.scores', { ...ask, criterion, seed: 3 });
    expect(scores, criterion).toEqual(scoreMatrix(criterion, totalOf(0, 1), { ...shape, seed: 3 }).scores);
    expect(scoredDemos).toBe(2);
  }
  save(store, runId, 2);
  save(store, runId, 3, 4);
  const [one, other] = await Promise.all([client.call('runs.scores', ask), client.call('runs.scores', ask)]);
  expect(one.scores).toEqual(totalOf(0, 1, 2, 3, 4).gateNormTurn);
  expect(other).toEqual(one);
});

test('several runs of a model are mixed; runs of different models are refused', async () => {
  const { services, client } = openTestEngine();
  const { store } = services.context;
  const a = begin(store, 'math', 2);
  const b = begin(store, 'code', 3);
  save(store, a, 0);
  save(store, b, 1, 2);
  const matrices = [totalOf(0), totalOf(1, 2)].map((sums) => scoreMatrix('easy-ep', sums, shape));
  const ask = { runIds: [a, b], criterion: 'easy-ep' as const, seed: 0 };
  const shares = await client.call('runs.scores', { ...ask, mix: 'shares' });
  expect(shares.scores).toEqual(mixMatrices(matrices, 'shares').scores);
  expect(shares.scoredDemos).toBe(3);
  const weighted = await client.call('runs.scores', { ...ask, mix: [1, 3] });
  expect(weighted.scores).toEqual(mixMatrices(matrices, [1, 3]).scores);

  const foreign = begin(store, 'law', 1, 'e'.repeat(64));
  const mixed = { ...ask, runIds: [a, foreign] };
  const refusal = failure('USAGE', '"math" belongs to Tiny f', '"law" to Tiny e', 'runs of one model');
  await expect(client.call('runs.scores', { ...mixed, mix: 'shares' })).rejects.toThrow(refusal);
  await expect(client.call('runs.scores', { ...ask, runIds: [99], mix: 'shares' })).rejects.toThrow(
    failure('USAGE', 'was deleted'),
  );
});

test('a thousand runs are listed, newest first', async () => {
  const { services, client } = openTestEngine();
  const { store } = services.context;
  store.transaction(() => {
    for (let i = 0; i < 1000; i++) {
      const runId = begin(store, `domain ${i}`, 2);
      save(store, runId, 0, 1);
      finishScoreRun(store, runId, 'done', 1.5);
    }
  });
  const runs = await client.call('runs.list', {});
  expect(runs).toHaveLength(1000);
  expect(runs[0]).toEqual({
    id: 1000,
    modelId: null,
    modelName: 'tiny',
    domain: 'domain 999',
    state: 'done',
    demos: 2,
    scoredDemos: 2,
    tokens: 21,
    seconds: 1.5,
    startedMs: expect.any(Number) as number,
    finishedMs: expect.any(Number) as number,
    moeLayers: MODEL.moeLayers,
    nExpert: 8,
    nExpertUsed: 2,
    nExpertGroups: 0,
    importance: false,
    settings: { nUbatch: '2048', maxTokens: '0' },
    recorded: { nUbatch: 2048, maxTokens: 0 },
  });
  expect(await client.call('runs.get', { runId: 1000 })).toEqual(runs[0]);
});

test('a run that is being scored is not deleted; the numbers of deleted ones never come again', async () => {
  const { services, client } = openTestEngine();
  const { store } = services.context;
  const runId = begin(store, 'math', 1);
  await expect(client.call('runs.delete', { runIds: [runId] })).rejects.toThrow(failure('USAGE', 'Cancel the scoring'));
  finishScoreRun(store, runId, 'cancelled', 1);
  await client.call('runs.delete', { runIds: [runId] });
  store.run('DELETE FROM score_runs');
  expect(begin(store, 'math', 1)).toBe(runId + 1);
});

test('a domain without demos is not scored', async () => {
  const { services, client } = openTestEngine();
  const { id: domainId } = ensureDomain(services.context.store, 'math');
  const modelId = await services.library.add(SAMPLE_MODEL, 'sample');
  const ask = { modelId, domainId, limit: null, fresh: false };
  await expect(client.call('runs.start', ask)).rejects.toThrow(failure('DEMOS_EMPTY', '"math" has no demos'));
  await expect(client.call('runs.start', { ...ask, domainId: 99 })).rejects.toThrow(failure('USAGE', 'was deleted'));
  await expect(client.call('runs.start', { ...ask, modelId: '0'.repeat(16) })).rejects.toThrow(
    failure('FILE_NOT_FOUND'),
  );
  expect(await client.call('jobs.list', { limit: 10 })).toEqual([]);
});

test('a deleted run is kept as long as that can be undone, and no longer', async () => {
  const { services, client } = openTestEngine();
  const { store } = services.context;
  const runs = [begin(store, 'math', 2), begin(store, 'law', 2)];
  for (const runId of runs) {
    save(store, runId, 0, 1);
    finishScoreRun(store, runId, 'done', 1);
  }
  const kept = (): number[] =>
    store
      .all(z.object({ id: z.int() }), 'SELECT DISTINCT run_id AS id FROM demo_scores ORDER BY id')
      .map(({ id }) => id);
  const [gone, back] = [runs[0]!, runs[1]!];
  await client.call('runs.delete', { runIds: [gone] });
  const { undoId } = await client.call('runs.delete', { runIds: [back] });
  await client.call('undo', { undoId });
  // the fiftieth after it takes its place
  for (let i = 0; i < 48; i++) services.undo.add(() => {});
  expect(kept()).toEqual([gone, back]);
  services.undo.add(() => {});
  await vi.waitFor(() => expect(kept()).toEqual([back]));
});
