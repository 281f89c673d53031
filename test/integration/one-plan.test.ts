// The same request asked three ways: the page's estimate, `winnow score --estimate`, and the run, whose worker is listened
// to. All three lay the model out alike and take as many tokens at once.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { scoringEstimateSchema, type ScoringEstimate } from '../../electron/contract/api/runs.ts';
import type { Placement } from '../../electron/contract/requests.ts';
import { methods, type Params } from '../../electron/engine/base/backend/protocol.ts';
import { forkWorker, type WorkerHost } from '../../electron/engine/base/backend/worker-host.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { startLending, type LendingMachine } from './lent-memory.ts';
import { commandLineHere, CPU, SAMPLE, scratchDir } from './support.ts';

const MIB = 2 ** 20;
const DOMAIN = 'python';
const DEMOS = 12;
const MAX_TOKENS = 256;
/** Weights of 21 MiB beside the worker's own memory: few tokens at once, in slices. */
const TIGHT = 170 * MIB;
/** Little beside what the machines lend, so that most layers leave. */
const LITTLE = 200 * MIB;

const home = scratchDir();
const machines: LendingMachine[] = [];
let modelId = '';
let domainId = 0;

/** What a scoring worker was asked to do. */
type Asked = { load: Params<'load'> | null; score: Params<'score'> | null };

/** Workers whose calls are listened to. @param asked gets the last of each kind */
function listeningHost(asked: Asked): WorkerHost {
  const callSchema = z.object({ method: z.string(), params: z.unknown() });
  return (spec) => {
    const worker = forkWorker(spec);
    return {
      ...worker,
      send: (message) => {
        const { data } = callSchema.safeParse(message);
        if (data?.method === 'load') {
          const load = methods.load.params.parse(data.params);
          if (!load.vocabOnly) asked.load = load;
        }
        if (data?.method === 'score') asked.score = methods.score.params.parse(data.params);
        worker.send(message);
      },
    };
  };
}

/** What an estimate decides, without what passes with the moment. */
function decided({ layers, memory, ...estimate }: ScoringEstimate) {
  const { nUbatch, nSlice, kvType, ubatches, demos, tokens, readBytes, onDiskBytes } = estimate;
  const places = memory.map(({ device, kind, weightsBytes, kvBytes, computeBytes }) => ({
    device,
    kind,
    weightsBytes,
    kvBytes,
    computeBytes,
  }));
  return { layers, places, nUbatch, nSlice, kvType, ubatches, demos, tokens, readBytes, onDiskBytes };
}

async function estimatedByPage(engine: TestEngine): Promise<ScoringEstimate> {
  return engine.client.call('runs.estimate', { modelId, domainId, limit: DEMOS });
}

function scoreCommand({ rpc, memoryLimit }: Placement): string[] {
  return [
    ...['score', SAMPLE, '--demos', sampleFiles(DOMAIN).demos, '--domain', DOMAIN, '--limit', String(DEMOS)],
    ...['--max-tokens', String(MAX_TOKENS), '--gpu', 'off', '--threads', String(CPU.threads)],
    ...(rpc.length > 0 ? ['--rpc', rpc.join(',')] : []),
    ...(memoryLimit === undefined ? [] : ['--memory-limit', String(memoryLimit)]),
  ];
}

async function estimatedByCommand(placement: Placement): Promise<ScoringEstimate> {
  const { code, document } = await commandLineHere(home).json(...scoreCommand(placement), '--estimate');
  expect(code, JSON.stringify(document)).toBe(0);
  return scoringEstimateSchema.parse(document);
}

/** @returns the estimate that all agree on */
async function expectOnePlan(placement: Placement, fresh = false): Promise<ScoringEstimate> {
  const asked: Asked = { load: null, score: null };
  const engine = openTestEngine(home, listeningHost(asked));
  await engine.client.call('settings.set', { placement, nUbatch: 'auto', maxTokens: MAX_TOKENS });
  const page = await estimatedByPage(engine);
  expect(decided(await estimatedByCommand(placement))).toEqual(decided(page));
  const { jobId } = await engine.client.call('runs.start', { modelId, domainId, limit: DEMOS, fresh });
  const job = await engine.until('job', ({ id, state }) => id === jobId && ['done', 'failed'].includes(state));
  expect(job.error).toBeNull();
  await engine.close();

  const { load, score } = asked;
  expect({ ...score, nSlice: score?.nSlice || score?.nUbatch }).toMatchObject({
    nUbatch: page.nUbatch,
    nSlice: page.nSlice,
    kvType: page.kvType,
  });
  expect(load?.devices.length === 0 ? 0 : load?.gpuLayers).toBe(page.layers.offloaded);
  return page;
}

async function dropRuns(): Promise<void> {
  const engine = openTestEngine(home);
  const runs = await engine.client.call('runs.list', {});
  await engine.client.call('runs.delete', { runIds: runs.map(({ id }) => id) });
  await engine.close();
}

beforeAll(async () => {
  for (let i = 0; i < 2; i++) machines.push(await startLending({ home }));
  const engine = openTestEngine(home);
  ({ modelId } = await engine.client.call('sample.open', {}));
  domainId = (await engine.client.call('domains.list', {})).find(({ name }) => name === DOMAIN)?.id ?? 0;
  await engine.close();
});

afterAll(async () => {
  await Promise.all(machines.map((machine) => machine.stop()));
});

test('a run with memory to spare', async () => {
  const page = await expectOnePlan(CPU);
  expect(page).toMatchObject({ nUbatch: 2048, nSlice: 2048, layers: { offloaded: 0 } });
  await dropRuns();
  const { code, document } = await commandLineHere(home).json(...scoreCommand(CPU));
  expect(code, JSON.stringify(document)).toBe(0);
  expect(decided(scoringEstimateSchema.parse(document['estimate'])), 'of the run itself').toEqual(decided(page));
  await dropRuns();
});

test('a run under a memory limit, and the same resumed with memory to spare', async () => {
  const limited = { ...CPU, memoryLimit: TIGHT };
  const asked: Asked = { load: null, score: null };
  const engine = openTestEngine(home, listeningHost(asked));
  await engine.client.call('settings.set', { placement: limited, nUbatch: 'auto', maxTokens: MAX_TOKENS });
  const page = await estimatedByPage(engine);
  expect(decided(await estimatedByCommand(limited))).toEqual(decided(page));
  expect(page.nUbatch).toBeLessThan(2048);
  const { jobId } = await engine.client.call('runs.start', { modelId, domainId, limit: DEMOS, fresh: false });
  await engine.until('run', ({ scoredDemos, state }) => state === 'running' && scoredDemos > 0);
  await engine.client.call('jobs.cancel', { jobId });
  const job = await engine.until('job', ({ id, state }) => id === jobId && state === 'cancelled');
  expect(asked.score).toMatchObject({ nUbatch: page.nUbatch, kvType: page.kvType });
  await engine.close();

  const resumed = await expectOnePlan(CPU);
  const batchOf = ({ nUbatch, nSlice, kvType }: ScoringEstimate) => ({ nUbatch, nSlice, kvType });
  expect(batchOf(resumed)).toEqual(batchOf(page));
  const after = openTestEngine(home);
  expect((await after.client.call('runs.list', {})).map(({ id, state }) => ({ id, state }))).toEqual([
    { id: job.runId, state: 'done' },
  ]);
  await after.close();
  await dropRuns();
});

test('a run on machines that lend memory, which take more of the model where less of this one may be used', async () => {
  const rpc = machines.map(({ endpoint }) => endpoint);
  const auto: Placement = { ...CPU, gpuLayers: 'auto', cpuExpertLayers: 'auto', rpc };
  const ample = await expectOnePlan(auto);
  await dropRuns();
  const limited = await expectOnePlan({ ...auto, memoryLimit: LITTLE });
  expect(ample.layers.offloaded).toBeGreaterThan(0);
  expect(limited.layers.offloaded).toBeGreaterThan(ample.layers.offloaded);
  expect(limited.memory.map(({ device }) => device)).toEqual(['CPU', ...rpc]);
});
