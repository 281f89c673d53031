// Score runs through the session: a domain scored live, cancelled, resumed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { scoresFileSchema, type ScoresFile } from '../../electron/contract/scores-file.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { commandLineHere, CPU, ROOT, SAMPLE, scratchDir } from './support.ts';

const DEMOS = join(ROOT, 'resources/sample/demos/python.jsonl');
const MAX_TOKENS = 128;
/** Packs of one demo: a checkpoint for each. */
const N_UBATCH = 128;
const N_DEMOS = 16;
const FEW = 6;

const home = scratchDir();
let modelId = '';
let domainId = 0;

/** What the command line makes of the same demos. */
async function commandLineScores(limit: number): Promise<ScoresFile> {
  const dir = scratchDir();
  const out = join(dir, 'scores.json');
  const { code, stderr } = await commandLineHere(dir).call(
    ...['score', SAMPLE, '--demos', DEMOS, '--limit', String(limit), '--max-tokens', String(MAX_TOKENS)],
    ...['--ubatch', String(N_UBATCH), '--out', out, '--gpu', 'off', '--threads', String(CPU.threads)],
  );
  expect(code, stderr).toBe(0);
  return scoresFileSchema.parse(JSON.parse(readFileSync(out, 'utf8')));
}

async function expectBitsOf(file: ScoresFile, { client }: TestEngine, runId: number): Promise<void> {
  for (const criterion of ['easy-ep', 'reap', 'ean', 'gate', 'frequency'] as const) {
    const { scores } = await client.call('runs.scores', { runIds: [runId], criterion, mix: 'shares', seed: 0 });
    expect([...scores], criterion).toEqual(file.criteria[criterion]?.flat());
  }
}

const start = (page: TestEngine, options: { limit: number; fresh: boolean }) =>
  page.client.call('runs.start', { modelId, domainId, ...options });

const ended = (page: TestEngine, jobId: number, state: string) =>
  page.until('job', (job) => job.id === jobId && job.state === state);

beforeAll(async () => {
  const page = openTestEngine(home);
  const { client } = page;
  await client.call('settings.set', { placement: CPU, nUbatch: N_UBATCH, maxTokens: MAX_TOKENS });
  ({ modelId } = await client.call('sample.open', {}));
  domainId = (await client.call('domains.list', {})).find(({ name }) => name === 'python')?.id ?? 0;
  await page.close();
});

test('what scoring will need is told before it, and holds', async () => {
  const page = openTestEngine(home);
  const whole = await page.client.call('runs.estimate', { modelId, domainId, limit: null });
  const { demos, tokens } = whole;
  const domain = (await page.client.call('domains.list', {})).find(({ id }) => id === domainId);
  expect(demos).toBe(domain?.demos);
  expect(tokens).toBeGreaterThan(demos);
  expect(tokens).toBeLessThanOrEqual(demos * MAX_TOKENS);
  expect(whole).toMatchObject({ nUbatch: N_UBATCH, ubatches: demos, onDiskBytes: 0, warnings: [] });
  // the sample's blocks, as they lie in its file
  expect(whole.memory).toMatchObject([{ kind: 'host', weightsBytes: 21_519_360 }]);
  expect(whole.readBytes).toBe(21_519_360);
  expect(whole.seconds).toBeGreaterThan(0);
  const few = await page.client.call('runs.estimate', { modelId, domainId, limit: FEW });
  expect(few).toMatchObject({ demos: FEW, ubatches: FEW });
  expect(few.tokens).toBeLessThan(tokens);
  await page.close();
});

describe('scoring a domain', () => {
  test('is told live, and gives the bits of the command line', async () => {
    const page = openTestEngine(home);
    const { jobId } = await start(page, { limit: FEW, fresh: false });
    const job = await ended(page, jobId, 'done');
    const name = (await page.client.call('library.get', { modelId })).name;
    expect(job).toMatchObject({ kind: 'score', subject: `${name} · python`, error: null, elsewhere: false });

    const runs = page.events('run').filter(({ runId }) => runId === job.runId);
    expect(runs.map(({ scoredDemos }) => scoredDemos)).toEqual([0, 1, 2, 3, 4, 5, 6, 6]);
    expect(runs.map(({ state }) => state)).toEqual([...Array.from({ length: FEW + 1 }, () => 'running'), 'done']);
    const views = page.events('job').filter(({ id }) => id === jobId);
    expect(views.map(({ state }) => state)).toEqual(expect.arrayContaining(['queued', 'running', 'done']));
    expect(views.some(({ state, runId }) => state === 'running' && runId === job.runId)).toBe(true);

    const run = await page.client.call('runs.get', { runId: job.runId ?? 0 });
    expect(run).toMatchObject({ modelId, domain: 'python', state: 'done', demos: FEW, scoredDemos: FEW });
    expect(run.settings).toMatchObject({ nUbatch: '128', maxTokens: '128', 'placement.gpuLayers': '0' });
    await expectBitsOf(await commandLineScores(FEW), page, run.id);

    const again = await ended(page, (await start(page, { limit: FEW, fresh: false })).jobId, 'done');
    expect(again.runId).toBe(run.id);
    expect(await page.client.call('runs.list', {})).toEqual([run]);
  });

  test('cancelled, it keeps what is done; queued again, it goes on with the same run', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const { jobId } = await start(page, { limit: N_DEMOS, fresh: true });
    const { runId } = await page.until('run', ({ scoredDemos, state }) => state === 'running' && scoredDemos >= 2);
    const early = await client.call('runs.scores', { runIds: [runId], criterion: 'frequency', mix: 'shares', seed: 0 });
    expect(early.scoredDemos).toBeGreaterThanOrEqual(2);
    await client.call('jobs.cancel', { jobId });
    expect(await ended(page, jobId, 'cancelled')).toMatchObject({ runId, error: null });
    const cancelled = await client.call('runs.get', { runId });
    expect(cancelled.state).toBe('cancelled');
    expect(cancelled.scoredDemos).toBeLessThan(N_DEMOS);

    await client.call('jobs.requeue', { jobId });
    expect(await ended(page, jobId, 'done')).toMatchObject({ runId });
    expect(await client.call('runs.get', { runId })).toMatchObject({ state: 'done', scoredDemos: N_DEMOS });
    await expectBitsOf(await commandLineScores(N_DEMOS), page, runId);
  });
});
