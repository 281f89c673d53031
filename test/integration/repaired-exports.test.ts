// Repaired files in the window's exports, through the session: what it takes, the file, and what is said of it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { CallResult } from '../../electron/contract/api.ts';
import { loadLocale } from '../../electron/contract/text/i18n.ts';
import { verdictSentence } from '../../electron/contract/verdict-texts.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { startJob } from '../../electron/engine/app/session/start-job.ts';
import { littleComparison } from './little-comparison.ts';
import { seeGguf, tensorContents } from './gguf-tools.ts';
import { CPU, EXPORT_OPTIONS, scratchDir } from './support.ts';

const home = scratchDir();
const dir = scratchDir();
const REPAIR = { demos: null, limit: 48 };
/** About what the planned file has. */
const FILE = { bytes: 8_000_000, quantType: null };

let runId = 0;
let modelId = '';
let selectionId = 0;
let repaired: CallResult<'exports.list'>[number];

async function finished(page: TestEngine, jobId: number): Promise<CallResult<'jobs.list'>[number]> {
  const job = await page.until('job', ({ id, state }) => id === jobId && !['queued', 'running'].includes(state));
  expect(job.error).toBeNull();
  return job;
}

async function chosen({ client }: TestEngine, keep: number): Promise<number> {
  const keeping = { keep: { kind: 'count', count: keep }, mix: 'shares', pins: [], drops: [], seed: 1 } as const;
  const request = { runIds: [runId], criterion: 'easy-ep', grouping: 'ungrouped', ...keeping } as const;
  const { id } = await client.call('selections.save', {
    request: { ...request, runIds: [runId], pins: [], drops: [] },
    name: '',
  });
  return id;
}

async function scored(page: TestEngine, domain: string, limit: number): Promise<number> {
  const domainId = (await page.client.call('domains.list', {})).find(({ name }) => name === domain)?.id ?? 0;
  const { jobId } = await page.client.call('runs.start', { modelId, domainId, limit, fresh: false });
  return (await finished(page, jobId)).runId ?? 0;
}

beforeAll(async () => {
  const page = openTestEngine(home);
  await page.client.call('settings.set', { placement: { ...CPU, threads: 1 }, measureExports: false });
  ({ modelId } = await page.client.call('sample.open', {}));
  runId = await scored(page, 'math', 12);
  selectionId = await chosen(page, 8);
  await page.close();
});

async function exported(page: TestEngine, name: string, repair: typeof REPAIR | null, of = selectionId) {
  const { client } = page;
  const { jobId } = await client.call('exports.start', {
    choice: { kind: 'selection', selectionId: of },
    target: page.grant(join(dir, name), 'write'),
    options: { ...EXPORT_OPTIONS, repair },
  });
  const { exportId } = await finished(page, jobId);
  return (await client.call('exports.list', {})).find(({ id }) => id === exportId)!;
}

test('says what it takes, and writes a file that has it, with what that gave', async () => {
  const page = openTestEngine(home);
  const cost = await page.client.call('exports.repairCost', { selectionId, repair: REPAIR, ...FILE });
  expect(cost.demos).toEqual({ fitted: 8, judging: 4 });
  expect(cost.seconds).toBeGreaterThan(0);
  expect(cost.moreBytes).toBeGreaterThan(0);
  // one stream behind each block, and the kept experts' matrices
  expect(cost.scratchBytes).toBeGreaterThan(6 * 256 * 4 * cost.tokens);

  const plain = await exported(page, 'plain.gguf', null);
  expect(plain.repair).toBeNull();
  repaired = await exported(page, 'repaired.gguf', REPAIR);
  expect(repaired).toMatchObject({ selectionId, quantType: null });
  const { facts, leftOut } = repaired.repair!;
  expect(leftOut).toBeNull();
  expect(facts).toMatchObject({ domain: 'math', parts: ['down'], demos: 8, gate: { demos: 4, kept: true } });
  expect(facts!.tokens).toBe(cost.tokens);
  expect(repaired.selectionHash).not.toBe(plain.selectionHash);

  const [ours, own] = await Promise.all(['repaired.gguf', 'plain.gguf'].map((name) => seeGguf(join(dir, name))));
  const named = (pattern: RegExp, file: typeof ours) =>
    tensorContents(file!).filter((tensor) => pattern.test((tensor as { name: string }).name));
  const [downs, others] = [/ffn_down_exps/, /^(?!.*ffn_down_exps)/];
  expect(named(others, ours)).toEqual(named(others, own));
  expect(named(downs, ours)).toHaveLength(6);
  expect(named(downs, ours)).not.toEqual(named(downs, own));
});

test('figures of the choice are not shown for the repaired file; card, report and verdict say what it is', async () => {
  const page = openTestEngine(home);
  const { client } = page;
  const request = await littleComparison(page, selectionId, ['math'], { ctx: 64, chunks: 4 });
  const { jobId } = startJob(page.services, 'evaluate', request, 'little');
  await finished(page, jobId);
  const verdictOf = (exportId: number | null) => client.call('evaluations.verdict', { selectionId, exportId });
  const own = await verdictOf(null);
  expect(own.inside?.ratio.value).toBeGreaterThan(1);
  expect(own.repaired).toBeUndefined();
  const ofFile = await verdictOf(repaired.id);
  expect(ofFile).toMatchObject({ repaired: true, inside: null, outside: null, grade: null });
  expect(verdictSentence(ofFile, await loadLocale('en'))).toMatch(
    /^Repaired: [\d.]+ MB instead of 22\.8 MB\. Nothing measured/,
  );
  expect((await client.call('evaluations.offer', { selectionId, exportId: repaired.id })).texts.length).toBeGreaterThan(
    0,
  );

  const { verdict } = await client.call('exports.card', {
    subject: { kind: 'selection', selectionId, exportId: repaired.id },
    form: 'card',
    overwrite: true,
    target: null,
  });
  expect(verdict).toEqual(ofFile);
  const card = readFileSync(join(dir, 'repaired.README.md'), 'utf8');
  expect(card).toContain('byte for byte, but for the experts’ down matrices, which are repaired');
  expect(card).toContain('fitted to 8 demos');
  expect(card).toContain(`to ${repaired.repair!.facts!.gate.kl.after.value.toFixed(4)} nats`);
});

test('a repair that does not clearly help is left out, and the file says so', async () => {
  const page = openTestEngine(home);
  const whole = await chosen(page, 31);
  const { repair, selectionHash } = await exported(page, 'most.gguf', REPAIR, whole);
  expect(repair).toMatchObject({ leftOut: { code: 'repairNotBetter' }, facts: { gate: { kept: false } } });
  const selection = (await page.client.call('selections.list', { modelId: null })).find(({ id }) => id === whole)!;
  expect(selectionHash).toBe(selection.hash);
});

test('too few demos are refused before anything is written', async () => {
  const page = openTestEngine(home);
  const before = runId;
  runId = await scored(page, 'math', 6);
  const few = await chosen(page, 8);
  runId = before;
  await expect(
    page.client.call('exports.repairCost', { selectionId: few, repair: REPAIR, ...FILE }),
  ).rejects.toMatchObject({
    code: 'DEMOS_EMPTY',
    sentence: { code: 'repairFewDemos', params: { demos: 6 } },
  });
});
