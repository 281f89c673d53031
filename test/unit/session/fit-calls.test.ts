// Searches for the best file through the session, with a small stored run: which is found again, and how to make what it found.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FitResult } from '../../../electron/contract/fit.ts';
import type { FitRequest } from '../../../electron/contract/requests.ts';
import { cancelQueuedJob, claimJob, finishJob, saveRows } from '../../../electron/engine/app/jobs/job-table.ts';
import { saveDemoScores } from '../../../electron/engine/store/demo-scores.ts';
import { ensureDomain } from '../../../electron/engine/store/domains.ts';
import { startExport } from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { DEMOS, MODEL, SETTINGS, scoreOf } from '../store/tiny-run.ts';
import { getSelection } from '../../../electron/engine/store/selections.ts';
import { openTestEngine, type TestEngine } from './test-engine.ts';

const FILE = {
  bytes: 1,
  memoryBytes: 1,
  mix: null,
  width: null,
  repair: null,
  klMean: null,
  klOutside: null,
  top1: null,
  confirmed: null,
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
  cutDemos: null,
  way: null,
  demos: null,
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
  finishJob(store, id, { state: 'done', summary, error: null, progress }, Date.now());
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
      found: { runId, requantise: true, file: null, result: { best: 0, budgetBytes: 1e6 } },
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

test('the file beside the best one is written as an export, and the choice of its experts is stored', async () => {
  const engine = openTestEngine();
  const { services, client } = engine;
  const { store } = services.context;
  const path = join(tmpdir(), 'nowhere', 'tiny-math.gguf');
  const params = { target: engine.grant(path, 'write'), overwrite: false };
  const runId = runOf(engine, 'math');
  saveDemoScores(store, runId, [scoreOf(0)]);
  const repair = { before: 0.2, after: 0.1, demos: 4, isKept: true };
  const files = RESULT.files.map((file) => ({ ...file, repair }));
  const over = { inside: ratio, outside: ratio };
  const whole = search(engine, runId, { ...RESULT, files, over: { ...over, file: 1 } });
  const first = await client.call('fit.takeOther', { jobId: whole, ...params });
  expect(services.queue.get(first.jobId)).toMatchObject({
    kind: 'quantise',
    subject: 'Tiny · math',
    request: {
      ...{ model: REQUEST.model, output: path, madeFor: { bytes: 1e6, ctx: 512 }, selectionId: first.selectionId },
      quantise: { type: 'Q3_K_M', rules: {}, allowRequantize: REQUEST.requantise },
      repair: { placement: REQUEST.placement },
    },
  });
  const pruned = search(engine, runId, { ...RESULT, best: 1, over: { ...over, file: 0 } });
  const second = await client.call('fit.takeOther', { jobId: pruned, ...params });
  const { kind, request } = services.queue.get(second.jobId) ?? {};
  expect(kind).toBe('export');
  const { kept } = getSelection(store, second.selectionId)!;
  expect(kept.map((experts) => experts.length)).toEqual([6, 6, 6]);
  expect(request).toMatchObject({ kept, quantise: { type: 'Q4_K_M' } });
  // it had not been repaired
  expect(request).not.toHaveProperty('repair');
  // a search that has none
  const alone = search(engine, runId, RESULT);
  await expect(client.call('fit.takeOther', { jobId: alone, ...params })).rejects.toMatchObject({ code: 'USAGE' });
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
    requantise: false,
    timeLimitSeconds: null,
    target: null,
  };
  await expect(engine.client.call('fit.start', params)).rejects.toMatchObject({
    code: 'DEMOS_EMPTY',
    details: { domain: 'math' },
  });
});
