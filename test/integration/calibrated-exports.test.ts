// Fitted routers in the window's exports, through the session: what it takes, what is found and kept, the file, and what is said of it.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { CallResult } from '../../electron/contract/api.ts';
import { recipeFileSchema } from '../../electron/contract/recipe-file.ts';
import { reportFileSchema } from '../../electron/contract/report-file.ts';
import { voiceIn } from '../../electron/contract/text/words.ts';
import { verdictSentence } from '../../electron/contract/verdict-words.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { seeGguf, tensorContents } from './gguf-tools.ts';
import { CPU, EXPORT_OPTIONS, scratchDir } from './support.ts';

const home = scratchDir();
const dir = scratchDir();
const fitted = join(dir, 'fitted.gguf');

let runId = 0;
let modelId = '';
let selectionId = 0;
let found: NonNullable<CallResult<'calibrations.get'>>;

async function finished(page: TestEngine, jobId: number): Promise<CallResult<'jobs.list'>[number]> {
  const job = await page.until('job', ({ id, state }) => id === jobId && !['queued', 'running'].includes(state));
  expect(job.error, await page.client.call('jobs.log', { jobId })).toBeNull();
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

const exportedTo = (page: TestEngine, path: string, calibrationId: number | null) => ({
  ...{ choice: { kind: 'selection' as const, selectionId }, target: page.grant(path, 'write') },
  options: { ...EXPORT_OPTIONS, calibrationId },
});

test('says what it takes, fits with the demos that chose the experts, and keeps what it finds', async () => {
  const page = openTestEngine(home);
  const { client } = page;
  expect(await client.call('calibrations.get', { selectionId })).toBeNull();
  const cost = await client.call('calibrations.estimate', { selectionId });
  expect(cost.demos).toEqual({ fitted: 4, aside: 4, judging: 4 });
  expect(cost.estimate.seconds.likely).toBeGreaterThan(0);
  const { jobId } = await client.call('calibrations.start', { kind: 'selection', selectionId });
  await finished(page, jobId);
  expect(page.events('calibrations')).toHaveLength(1);
  found = (await client.call('calibrations.get', { selectionId }))!;
  expect(found.facts).toMatchObject({ domain: 'math', demos: 4, aside: 4, gate: { demos: 4, kept: true } });
  expect(found.isUsable).toBe(true);
});

test('the preview says so, and the file has the routers; a second one is written without fitting again', async () => {
  const page = openTestEngine(home);
  const { client } = page;
  const plan = await client.call('exports.plan', exportedTo(page, fitted, found.id));
  expect(plan.problems).toEqual([]);
  expect(plan.calibrated).toEqual(found.facts);
  expect(plan.changedKeys.map(({ key }) => key)).toContain('winnow.calibration');
  expect((await client.call('exports.plan', exportedTo(page, fitted, null))).calibrated).toBeNull();

  const paths = [fitted, join(dir, 'again.gguf'), join(dir, 'plain.gguf')] as const;
  const written: (string | null)[] = [];
  for (const path of paths) {
    const { jobId } = await client.call(
      'exports.start',
      exportedTo(page, path, path.endsWith('plain.gguf') ? null : found.id),
    );
    const { exportId } = await finished(page, jobId);
    const row = (await client.call('exports.list', {})).find(({ id }) => id === exportId)!;
    expect(row.calibrated).toEqual(path.endsWith('plain.gguf') ? null : found.facts);
    expect(row.selectionId).toBe(selectionId);
    written.push(row.sha256);
  }
  expect(written[1]).toBe(written[0]);
  const jobs = await client.call('jobs.list', { limit: 100 });
  expect(jobs.filter(({ kind }) => kind === 'calibrate')).toHaveLength(1);

  const [ours, , plain] = await Promise.all(paths.map((path) => seeGguf(path)));
  const named = (pattern: RegExp, file: typeof ours) =>
    tensorContents(file!).filter((tensor) => pattern.test((tensor as { name: string }).name));
  const others = /^(?!.*(ffn_gate_inp|ffn_down_exps\.scale))/;
  expect(named(others, ours)).toEqual(named(others, plain));
  expect(named(/ffn_gate_inp/, ours)).not.toEqual(named(/ffn_gate_inp/, plain));
});

test('figures of the choice are not shown for the calibrated file; card, recipe, report and verdict say what it is', async () => {
  const page = openTestEngine(home);
  const { client } = page;
  const text = (await client.call('texts.list', {})).find(({ domain }) => domain === 'math')!;
  const { jobId } = await client.call('evaluations.start', {
    ...{ against: modelId, textIds: [text.id], ctx: 64, chunks: 4 },
    variants: [{ kind: 'preview', selectionId, criterion: null }],
  });
  await finished(page, jobId);
  const files = await client.call('exports.list', {});
  const [plain, file] = [files.find(({ calibrated }) => calibrated === null)!, files.find((row) => row.calibrated)!];
  const verdictOf = (exportId: number | null) => client.call('evaluations.verdict', { selectionId, exportId });
  const own = await verdictOf(null);
  expect(own.inside?.ratio.value).toBeGreaterThan(1);
  expect(own.calibrated).toBeUndefined();
  expect(await verdictOf(plain.id)).toEqual(own);
  const ofFile = await verdictOf(file.id);
  expect(ofFile).toMatchObject({ calibrated: true, inside: null, outside: null, grade: null });
  expect(verdictSentence(ofFile, await voiceIn('en'))).toMatch(
    /^With calibrated routers: [\d.]+ MB instead of 22\.8 MB\. Nothing measured/,
  );
  expect((await client.call('evaluations.offer', { selectionId, exportId: file.id })).texts.length).toBeGreaterThan(0);

  const path = join(dir, 'report.json');
  const subject = { kind: 'selection', selectionId, exportId: file.id } as const;
  const report = { subject, language: 'en', target: page.grant(path, 'write'), data: null };
  await client.call('evaluations.report', report);
  const told = reportFileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  expect(told.file?.calibrated).toMatchObject({ demos: 4, kl_after: found.facts.gate.kl.after.value });
  expect(told.summary.verdict).toEqual(ofFile);

  const written = { subject: { kind: 'export', exportId: file.id }, overwrite: true } as const;
  await client.call('exports.card', { ...written, target: null });
  const place = join(dir, 'again');
  const card = readFileSync(`${place}.README.md`, 'utf8');
  expect(card).toContain('fitted to 4 demos');
  await client.call('exports.recipe', { ...written, target: 'beside', form: 'winnow' });
  const recipe = recipeFileSchema.parse(JSON.parse(readFileSync(`${place}.recipe.json`, 'utf8')));
  expect(recipe.calibrated).toMatchObject({ demos: 4 });
});

test('what does not clearly help is said, and not kept', async () => {
  const page = openTestEngine(home);
  const { client } = page;
  const half = await chosen(page, 16);
  const { jobId } = await client.call('calibrations.start', { kind: 'selection', selectionId: half });
  await finished(page, jobId);
  const none = await client.call('calibrations.get', { selectionId: half });
  expect(none).toMatchObject({ isUsable: false, facts: { gate: { kept: false } } });
  const start = client.call('exports.start', {
    ...exportedTo(page, join(dir, 'none.gguf'), none!.id),
    choice: { kind: 'selection', selectionId: half },
  });
  await expect(start).rejects.toMatchObject({ code: 'USAGE' });
  expect(await client.call('calibrations.get', { selectionId })).toEqual(found);
});

test('too few demos are refused beforehand; routers that are gone are to be fitted again', async () => {
  const page = openTestEngine(home);
  const { client } = page;
  const before = runId;
  runId = await scored(page, 'math', 6);
  const few = await chosen(page, 8);
  runId = before;
  for (const call of ['calibrations.estimate', 'calibrations.start'] as const) {
    await expect(client.call(call, { kind: 'selection', selectionId: few })).rejects.toMatchObject({
      code: 'DEMOS_EMPTY',
      sentence: { code: 'calibrationFewChosen', params: { demos: 6 } },
    });
  }
  rmSync(join(home, 'routers'), { recursive: true });
  expect(existsSync(fitted)).toBe(true);
  expect(await client.call('calibrations.get', { selectionId })).toBeNull();
});
