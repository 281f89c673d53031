// Searches for the best file through the session, with a small stored run: which is found again, and how to make what it found.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FitResult } from '../../../electron/contract/fit.ts';
import type { FitRequest } from '../../../electron/contract/requests.ts';
import { cancelQueuedJob, claimJob, finishJob, saveRows } from '../../../electron/engine/app/jobs/job-table.ts';
import { candidateId } from '../../../electron/engine/measure/fit/candidates.ts';
import { ensureDomain } from '../../../electron/engine/store/domains.ts';
import { startExport } from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { DEMOS, MODEL, SETTINGS } from '../store/tiny-run.ts';
import { openTestEngine, type TestEngine } from './test-engine.ts';

const FILE = {
  bytes: 1,
  memoryBytes: 1,
  mix: null,
  activeExperts: null,
  width: null,
  stock: null,
  repair: null,
  klMean: null,
  top1: null,
  overLeader: null,
  confirmed: null,
  answers: null,
};
const ratio = { value: 1.1, low: 1.05, high: 1.15 };

const RESULT: FitResult = {
  modelName: 'Tiny',
  fullBytes: 123456,
  sourceType: 'F16',
  nExpert: 8,
  domain: 'math',
  isOnDemos: false,
  budgetBytes: 1e6,
  ctx: 512,
  best: 0,
  plain: 1,
  perplexity: 5,
  tokens: 1000,
  over: null,
  contradicts: false,
  searchedTokens: 1000,
  moreTokens: null,
  cutDemos: null,
  way: null,
  demos: null,
  taken: null,
  ended: 'decided',
  written: null,
  seconds: 1,
  files: [
    { ...FILE, keep: 6, type: 'Q4_K_M', inside: ratio, outside: ratio, isContender: true },
    { ...FILE, keep: 8, type: 'Q3_K_M', inside: ratio, outside: null, isContender: false },
  ],
};

const REQUEST: FitRequest = {
  model: MODEL.path,
  demos: { kind: 'domain', domainId: 1 },
  holdBack: 0,
  maxTokens: 0,
  nUbatch: 'auto',
  criterion: 'reap',
  grouping: 'ungrouped',
  budgetBytes: 1e6,
  ctx: 512,
  texts: [],
  chunkTokens: 512,
  requantise: true,
  overwrite: false,
  placement: { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 },
};

function runOf({ services }: TestEngine, domain: string): number {
  const { store } = services.context;
  ensureDomain(store, domain);
  const modelId = rememberModel(store, MODEL).id;
  return createScoreRun(store, { modelId, domain, settings: SETTINGS, demos: DEMOS.slice(0, 2) }).id;
}

/** A search that has ended. @param summary undefined: by being cancelled before it began */
function search({ services }: TestEngine, runId: number, summary?: unknown, request: FitRequest = REQUEST): number {
  const { store } = services.context;
  const id = services.queue.enqueue('fit', request, 'Tiny · math');
  if (summary === undefined) {
    cancelQueuedJob(store, id, Date.now());
    return id;
  }
  claimJob(store, id, Date.now());
  saveRows(store, id, { runId });
  const progress = { done: 1, total: 1, unit: 'permille' } as const;
  finishJob(store, id, { state: 'done', summary, error: null, progress, log: '' }, Date.now());
  return id;
}

const list = (engine: TestEngine) => engine.client.call('fit.list', {});

describe('searches', () => {
  test('are found with the choice that makes their best file, the newest first', async () => {
    const engine = openTestEngine();
    const runId = runOf(engine, 'math');
    const older = search(engine, runId, RESULT);
    const newer = search(engine, runId);
    const [last, found, ...others] = await list(engine);
    expect(others).toEqual([]);
    expect(last).toMatchObject({ jobId: newer, state: 'cancelled', domain: 'math', domainId: 1, found: null });
    expect(found).toMatchObject({
      jobId: older,
      state: 'done',
      domain: 'math',
      domainId: 1,
      budgetBytes: 1e6,
      ctx: 512,
      found: { runId, requantise: true, answers: null, file: null, result: { best: 0, budgetBytes: 1e6 } },
    });
    expect(found?.found?.selection).toMatchObject({
      runIds: [runId],
      criterion: 'reap',
      keep: { kind: 'count', count: 6 },
      pins: [],
      drops: [],
    });
  });

  test('of which no criterion was asked for are found with the one that was measured to be best', async () => {
    const engine = openTestEngine();
    const runId = runOf(engine, 'math');
    const way = { criterion: 'gate', grouping: 'balanced', measured: null } as const;
    search(engine, runId, { ...RESULT, way }, { ...REQUEST, criterion: undefined, grouping: undefined });
    const [found] = await list(engine);
    expect(found?.found?.selection).toMatchObject({ criterion: 'gate', grouping: 'balanced' });
  });

  test('say where the best file was written, without its path', async () => {
    const engine = openTestEngine();
    const { store } = engine.services.context;
    const runId = runOf(engine, 'math');
    const modelId = rememberModel(store, MODEL).id;
    const plan = { keep: 6, files: [], selectionHash: null, selectionId: null, domains: ['math'] };
    const written = { path: join(tmpdir(), 'nowhere', 'best.gguf'), bytes: 1 };
    const { id: exportId } = startExport(store, modelId, plan, written.path);
    search(engine, runId, { ...RESULT, written: { ...written, exportId } });
    const [found] = await list(engine);
    expect(found?.found?.file).toMatchObject({ exportId, modelId: null, selectionId: null });
    expect(found?.found?.file?.displayPath).toMatch(/best\.gguf$/);
    expect(found?.found?.result).not.toHaveProperty('written');
  });

  test('are found with a choice of all experts where the best file has them', async () => {
    const engine = openTestEngine();
    search(engine, runOf(engine, 'math'), { ...RESULT, best: 1 });
    expect((await list(engine))[0]?.found?.selection).toMatchObject({ keep: { kind: 'count', count: 8 }, drops: [] });
  });

  test('that another version stored have found nothing', async () => {
    const engine = openTestEngine();
    const jobId = search(engine, runOf(engine, 'math'), { files: [] });
    expect(await list(engine)).toMatchObject([{ jobId, state: 'done', found: null }]);
  });
});

test('the file beside the best one is written by the same search again, under a name with its size', async () => {
  const engine = openTestEngine();
  const { services, client } = engine;
  const path = join(tmpdir(), 'nowhere', 'tiny-math.gguf');
  const target = engine.grant(path, 'write');
  const runId = runOf(engine, 'math');
  const jobId = search(engine, runId, { ...RESULT, over: { file: 1, inside: ratio, outside: ratio } });
  const { jobId: again } = await client.call('fit.takeOther', { jobId, target });
  expect(services.queue.get(again)).toMatchObject({
    kind: 'fit',
    subject: 'Tiny · math',
    request: {
      ...REQUEST,
      takes: 'other',
      expects: candidateId(RESULT.files[1]!),
      writesAgain: true,
      output: path,
      sizesName: true,
    },
  });
  expect((await list(engine)).find((search) => search.jobId === again)?.writesAgain).toBe(true);
  // and back from it
  const taken = search(engine, runId, { ...RESULT, over: { file: 1, inside: ratio, outside: ratio }, taken: 1 });
  const { jobId: back } = await client.call('fit.takeOther', { jobId: taken, target });
  const { request } = services.queue.get(back) ?? {};
  expect(request).toMatchObject({ expects: candidateId(RESULT.files[0]!), writesAgain: true, output: path });
  expect(request).not.toHaveProperty('takes');
  // a search that has none
  const alone = search(engine, runId, RESULT);
  await expect(client.call('fit.takeOther', { jobId: alone, target })).rejects.toMatchObject({
    code: 'USAGE',
  });
});

test('a search that another file was taken of is found with the choice of that one', async () => {
  const engine = openTestEngine();
  search(engine, runOf(engine, 'math'), { ...RESULT, over: { file: 1, inside: ratio, outside: ratio }, taken: 1 });
  expect((await list(engine))[0]?.found?.selection).toMatchObject({ keep: { kind: 'count', count: 8 } });
});

test('a search cannot be asked for where the demos are gone, and says what to do', async () => {
  const engine = openTestEngine();
  const domainId = ensureDomain(engine.services.context.store, 'math').id;
  const { budgetBytes, ctx } = REQUEST;
  const params = {
    kind: 'domain' as const,
    modelId: '0123456789abcdef',
    domainId,
    budgetBytes,
    ctx,
    criterion: null,
    grouping: null,
    types: null,
    activeExperts: null,
    requantise: false,
    answers: null,
    timeLimitSeconds: null,
    target: null,
  };
  await expect(engine.client.call('fit.start', params)).rejects.toMatchObject({
    code: 'DEMOS_EMPTY',
    details: { domain: 'math' },
  });
});
