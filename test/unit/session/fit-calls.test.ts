// Searches for the best file through the session, with a small stored run: which is found again, and how to make what it found.
import { describe, expect, test } from 'vitest';
import type { FitResult } from '../../../electron/contract/fit.ts';
import type { FitRequest } from '../../../electron/contract/requests.ts';
import { cancelQueuedJob, claimJob, finishJob, saveRows } from '../../../electron/engine/app/jobs/job-table.ts';
import { ensureDomain } from '../../../electron/engine/store/domains.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { DEMOS, MODEL, SETTINGS } from '../store/tiny-run.ts';
import { openTestEngine, type TestEngine } from './test-engine.ts';

const FILE = {
  bytes: 1,
  memoryBytes: 1,
  mix: null,
  activeExperts: null,
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
  ...{ modelName: 'Tiny', fullBytes: 123456, sourceType: 'F16', nExpert: 8, domain: 'math', isOnDemos: false },
  ...{ budgetBytes: 1e6, ctx: 512, best: 0, plain: 1, perplexity: 5, tokens: 1000, over: null },
  ...{ contradicts: false, searchedTokens: 1000, moreTokens: null, cutDemos: null },
  ...{ ended: 'decided', written: null, seconds: 1 },
  files: [
    { ...FILE, keep: 6, type: 'Q4_K_M', inside: ratio, outside: ratio, isContender: true },
    { ...FILE, keep: 8, type: 'Q3_K_M', inside: ratio, outside: null, isContender: false },
  ],
};

const REQUEST: FitRequest = {
  ...{ model: MODEL.path, demos: { kind: 'domain', domainId: 1 }, holdBack: 0, maxTokens: 0, nUbatch: 'auto' },
  ...{ criterion: 'reap', grouping: 'ungrouped', budgetBytes: 1e6, ctx: 512, texts: [], chunkTokens: 512 },
  ...{ requantise: true, overwrite: false },
  placement: { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 },
};

function runOf({ services }: TestEngine, domain: string): number {
  const { store } = services.context;
  ensureDomain(store, domain);
  const modelId = rememberModel(store, MODEL).id;
  return createScoreRun(store, { modelId, domain, settings: SETTINGS, demos: DEMOS.slice(0, 2) }).id;
}

/** A search that has ended. @param summary undefined: by being cancelled before it began */
function search({ services }: TestEngine, runId: number, summary?: unknown): number {
  const { store } = services.context;
  const id = services.queue.enqueue('fit', REQUEST, 'Tiny · math');
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

describe('the last search', () => {
  test('is found by the model and domain of its run, with the choice that makes its best file', async () => {
    const engine = openTestEngine();
    const runId = runOf(engine, 'math');
    const jobId = search(engine, runId, RESULT);
    const { found, jobId: last } = await engine.client.call('fit.latest', { runId: runOf(engine, 'math') });
    expect(last).toBe(jobId);
    expect(found).toMatchObject({
      jobId,
      runId,
      requantise: true,
      answers: null,
      result: { best: 0, budgetBytes: 1e6 },
    });
    expect(found?.selection).toMatchObject({
      ...{ runIds: [runId], criterion: 'reap', keep: { kind: 'count', count: 6 }, pins: [], drops: [] },
    });
    expect(found?.fileName).toMatch(/-math-6e-Q4_K_M\.gguf$/);
    expect(found?.quantise).toEqual({ type: 'Q4_K_M', rules: {}, allowRequantize: true });
    expect(await engine.client.call('fit.latest', { runId: runOf(engine, 'law') })).toEqual({
      jobId: null,
      found: null,
    });
  });

  test('with all experts is no choice, and called by its type', async () => {
    const engine = openTestEngine();
    const runId = runOf(engine, 'math');
    search(engine, runId, { ...RESULT, best: 1 });
    const { found } = await engine.client.call('fit.latest', { runId });
    expect(found?.selection).toBeNull();
    expect(found?.fileName).toMatch(/-math-Q3_K_M\.gguf$/);
  });

  test('as a mix is quantised by a rule for each class of tensors', async () => {
    const engine = openTestEngine();
    const mix = { gateUp: 'iq2_s', down: 'iq4_nl' } as const;
    const files = RESULT.files.map((file) => ({ ...file, type: 'IQ2_S', mix }));
    search(engine, runOf(engine, 'math'), { ...RESULT, files });
    const { found } = await engine.client.call('fit.latest', { runId: runOf(engine, 'math') });
    expect(found?.quantise).toEqual({
      type: 'IQ2_S',
      rules: {
        tensors: [
          { pattern: 'ffn_down_(ch)?exps', type: 'iq4_nl' },
          { pattern: 'ffn_(gate|up|gate_up)_(ch)?exps', type: 'iq2_s' },
        ],
      },
      allowRequantize: true,
    });
  });

  test('that another version stored is passed over, as if it had found nothing', async () => {
    const engine = openTestEngine();
    const runId = runOf(engine, 'math');
    const older = search(engine, runId, RESULT);
    const newer = search(engine, runId, { files: [] });
    expect(await engine.client.call('fit.latest', { runId })).toMatchObject({ jobId: newer, found: { jobId: older } });
  });

  test('cannot be asked for where the demos are gone, and says what to do', async () => {
    const engine = openTestEngine();
    const runId = runOf(engine, 'math');
    const { criterion, grouping, budgetBytes, ctx } = REQUEST;
    const params = {
      kind: 'run' as const,
      runId,
      criterion,
      grouping,
      budgetBytes,
      ctx,
      types: null,
      activeExperts: null,
      requantise: false,
      answers: null,
    };
    const asked = engine.client.call('fit.start', { ...params, timeLimitSeconds: null });
    await expect(asked).rejects.toMatchObject({ code: 'DEMOS_EMPTY', details: { domain: 'math' } });
  });
});
