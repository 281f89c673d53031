// From score runs to a pruned file and its proof, through the session: choose, save, look before writing, write, measure,
// report.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { CallResult } from '../../electron/contract/api.ts';
import type { ExportOptions } from '../../electron/contract/api/exports.ts';
import type { SelectionRequest } from '../../electron/contract/api/selections.ts';
import { voiceIn } from '../../electron/contract/text/words.ts';
import { verdictSentence } from '../../electron/contract/verdict-words.ts';
import { displayPathOf } from '../../electron/engine/base/files/display-path.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { seeGguf, stockLogits } from './gguf-tools.ts';
import { fileHash } from '../hash.ts';
import { commandLineHere, CPU, EXPORT_OPTIONS, ROOT, SAMPLE, scratchDir, seededTokens, THREADS } from './support.ts';
import { words } from '../words.ts';
import { selectionRequest } from '../selection-request.ts';

const KEEP = 16;
const N_EXPERT = 32;
const N_LAYERS = 6;
const N_VOCAB = 4096;
const CTX = 256;
const CHUNKS = 4;

const home = scratchDir();
const dir = scratchDir();
const inDir = (name: string): string => join(dir, name);
const output = inDir('sample-python-16e.gguf');

let modelId = '';
let runId = 0;
let selectionId = 0;
let exportId = 0;
let evaluationIds: number[] = [];

const request = (change: Partial<SelectionRequest> = {}): SelectionRequest =>
  selectionRequest([runId], { kind: 'ratio', ratio: 0.5 }, change);

async function finished(page: TestEngine, jobId: number): Promise<CallResult<'jobs.list'>[number]> {
  const job = await page.until('job', ({ id, state }) => id === jobId && !['queued', 'running'].includes(state));
  expect(job.error).toBeNull();
  return job;
}

beforeAll(async () => {
  const page = openTestEngine(home);
  const { client } = page;
  // the measurements of most tests are their own
  await client.call('settings.set', { placement: CPU, nUbatch: 512, maxTokens: 256, measureExports: false });
  ({ modelId } = await client.call('sample.open', {}));
  const domainId = (await client.call('domains.list', {})).find(({ name }) => name === 'python')?.id ?? 0;
  const { jobId } = await client.call('runs.start', { modelId, domainId, limit: 12, fresh: false, importance: true });
  runId = (await finished(page, jobId)).runId ?? 0;
  await page.close();
});

describe('selections', () => {
  test('a choice from a stored run is that of the command line', async () => {
    const { client } = openTestEngine(home);
    const result = await client.call('selections.compute', { request: request() });
    expect(result).toMatchObject({ keep: KEEP, nExpert: N_EXPERT, fusedCounts: [] });
    expect(result.kept.map(({ length }) => length)).toEqual(Array.from({ length: N_LAYERS }, () => KEEP));
    expect(result.domains).toEqual([{ domain: 'python', retained: mean(result.retained) }]);
    expect(result.bytes?.full).toBe(statSync(SAMPLE).size);

    const scores = inDir('scores.json');
    const cli = commandLineHere(scratchDir());
    const demos = join(ROOT, 'resources/sample/demos/python.jsonl');
    const settings = words`--limit 12 --max-tokens 256 --ubatch 512 --gpu off --threads ${THREADS}`;
    await cli.call('score', SAMPLE, '--demos', demos, ...settings, '--out', scores);
    type Selected = { kept: number[][]; retained: { layers: number[] } };
    const { document } = await cli.json<Selected>('select', '--scores', scores, '--keep', '0.5');
    expect(document.kept).toEqual(result.kept);
    document.retained.layers.forEach((share, layer) => expect(share).toBeCloseTo(result.retained[layer] ?? NaN, 12));
  });

  test('a saved selection is what was chosen; as a mask it goes out and comes back', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const { kept } = await client.call('selections.compute', { request: request() });
    const selection = await client.call('selections.save', { request: request(), name: '' });
    selectionId = selection.id;
    expect(selection).toMatchObject({
      name: 'python 16/32',
      modelId,
      domains: ['python'],
      keep: KEEP,
      kept,
      criterion: 'easy-ep',
    });
    expect(selection.request).toEqual(request());
    expect(page.events('selections')).toHaveLength(1);

    const mask = inDir('half.json');
    await client.call('exports.choice', {
      subject: { kind: 'selection', selectionId, exportId: null },
      form: 'choice',
      target: page.grant(mask, 'write'),
      overwrite: false,
    });
    expect(JSON.parse(readFileSync(mask, 'utf8'))).toMatchObject({
      format: 'winnow-choice',
      criterion: 'easy-ep',
      settings: { grouping: 'ungrouped', activeExperts: null },
      kept,
    });
    const imported = await client.call('selections.importChoice', { modelId, grant: page.grant(mask) });
    const { retained } = selection;
    expect(imported).toMatchObject({ name: 'half', modelId, kept, criterion: 'easy-ep', request: null, retained });
    expect((await client.call('selections.list', { modelId })).map(({ id }) => id)).toEqual([imported.id, selectionId]);

    const wrong = inDir('wrong.json');
    writeFileSync(wrong, JSON.stringify({ format: 'winnow-choice', kept: [[1]] }));
    const refused = client.call('selections.importChoice', { modelId, grant: page.grant(wrong) });
    await expect(refused).rejects.toMatchObject({ code: 'CHOICE_INVALID' });
  });
});

describe('an export', () => {
  test('says what it would do, to the byte, and writes nothing', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const { name } = await client.call('exports.suggestName', { selectionId });
    expect(name).toBe('winnow-sample-python-16e-Q8_0.gguf');
    const selection = await client.call('exports.plan', {
      choice: { kind: 'selection', selectionId },
      target: page.grant(output, 'write'),
      options: EXPORT_OPTIONS,
    });
    expect(existsSync(output)).toBe(false);
    expect(selection).toMatchObject({
      displayPath: displayPathOf(output),
      fullBytes: statSync(SAMPLE).size,
      problems: [],
      warnings: [],
    });
    expect(selection.freeBytes).toBeGreaterThan(selection.prunedBytes);
  });

  test('is written and verified, joins the library, and runs in stock llama.cpp', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const selection = await client.call('exports.plan', {
      choice: { kind: 'selection', selectionId },
      target: page.grant(output, 'write'),
      options: EXPORT_OPTIONS,
    });
    const { jobId } = await client.call('exports.start', {
      choice: { kind: 'selection', selectionId },
      target: page.grant(output, 'write'),
      options: EXPORT_OPTIONS,
    });
    const job = await finished(page, jobId);
    expect(job).toMatchObject({
      kind: 'export',
      unit: 'bytes',
      done: 2 * selection.prunedBytes,
      total: 2 * selection.prunedBytes,
    });
    expect(job.subject).toContain('python 16/32');
    expect(statSync(output).size).toBe(selection.prunedBytes);

    const [written] = await client.call('exports.list', {});
    exportId = written?.id ?? 0;
    expect(written).toMatchObject({
      id: job.exportId,
      sourceModelId: modelId,
      displayPath: displayPathOf(output),
      state: 'done',
    });
    expect(written).toMatchObject({ bytes: selection.prunedBytes, keep: KEEP, nExpert: N_EXPERT });
    const { hash } = await client.call('selections.get', { selectionId });
    expect(written).toMatchObject({ selectionId, selectionHash: hash });
    expect(written?.sha256).toBe(fileHash(output));
    // the job is done when the list is true, not before
    const inLibrary = await client.call('library.get', { modelId: written?.modelId ?? '' });
    expect(inLibrary).toMatchObject({
      origin: 'export',
      displayPath: displayPathOf(output),
      state: 'ready',
      details: { nExpert: KEEP },
    });
    expect(await client.call('exports.reveal', { exportId })).toBeNull();

    expect((await seeGguf(output)).keys.get('qwen3moe.expert_count')?.value).toBe(KEEP);
    const logits = await stockLogits(output, seededTokens(48, N_VOCAB, 5), dir);
    expect(logits).toHaveLength(48 * N_VOCAB);
    expect(logits.every(Number.isFinite)).toBe(true);
  });
});

describe('measuring', () => {
  const start = async ({ client }: TestEngine, domains: readonly string[], chunks: number | null = CHUNKS) => {
    const written = (await client.call('exports.list', {})).find(({ id }) => id === exportId);
    const texts = (await client.call('texts.list', {})).filter(({ domain }) => domains.includes(domain));
    return client.call('evaluations.start', {
      against: modelId,
      variants: [
        { kind: 'preview', selectionId },
        { kind: 'model', modelId: written?.modelId ?? '' },
        { kind: 'model', modelId },
      ],
      textIds: texts.map(({ id }) => id),
      ctx: CTX,
      chunks,
    });
  };

  test('full, preview and file, in the domain and out of it', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const job = await finished(page, (await start(page, ['python', 'french'])).jobId);
    const rows = await client.call('evaluations.list', {});
    expect(rows).toHaveLength(6);
    expect(new Set(job.evaluationIds)).toEqual(new Set(rows.map(({ id }) => id)));
    expect(page.events('evaluations').length).toBeGreaterThan(0);
    evaluationIds = rows.map(({ id }) => id);

    const of = (domain: string, label: RegExp) => {
      const row = rows.find((one) => one.domain === domain && label.test(one.label));
      if (!row) throw new Error(`no ${label.source} on ${domain}`);
      return row;
    };
    const { hash } = await client.call('selections.get', { selectionId });
    for (const domain of ['python', 'french']) {
      const full = of(domain, /, full$/);
      const preview = of(domain, /easy-ep, preview$/);
      const pruned = of(domain, /^sample-python-16e$/);
      // preview and file are one choice, the full model none
      expect([full, preview, pruned].map(({ selectionHash }) => selectionHash)).toEqual([null, hash, hash]);
      expect(full).toMatchObject({
        inDomain: null,
        selectionId: null,
        klMean: null,
        top1: null,
        modelId,
        ctx: CTX,
        chunks: CHUNKS,
      });
      for (const row of [preview, pruned]) {
        expect(row).toMatchObject({ inDomain: domain === 'python', selectionId, modelId });
        expect(row.klMean?.value).toBeGreaterThan(0);
        expect(row.klMean?.standardError).toBeGreaterThan(0);
        expect(row.klP99?.value).toBeGreaterThan(row.klMean?.value ?? Infinity);
        expect(row).toMatchObject({ unit: 'chunk', units: CHUNKS });
        for (const name of ['perplexity', 'ratio', 'klMean', 'klP99', 'top1'] as const) {
          expect(row[name]?.standardError, name).toBeGreaterThan(0);
          expect(row[name]?.low, name).toBeLessThanOrEqual(row[name]?.value ?? NaN);
          expect(row[name]?.high, name).toBeGreaterThanOrEqual(row[name]?.value ?? NaN);
        }
        expect(row.ratio?.value).toBeCloseTo(row.perplexity.value / full.perplexity.value, 4);
        expect(row.perplexity.value).toBeGreaterThan(full.perplexity.value);
      }
      // what the mask shows is what the file does
      const [masked, cut] = [preview.perplexity.value, pruned.perplexity.value];
      expect(Math.abs(masked - cut)).toBeLessThan(1e-3 * cut);
      expect(Math.abs((preview.klMean?.value ?? 0) - (pruned.klMean?.value ?? 1))).toBeLessThan(1e-3);
      expect(full.perplexity.standardError).toBeGreaterThan(0);
    }
    const damage = (domain: string): number =>
      of(domain, /easy-ep, preview$/).perplexity.value / of(domain, /, full$/).perplexity.value;
    expect(damage('french')).toBeGreaterThan(damage('python'));
  });

  test('what is stored is not measured again, and goes by the name that the selection has now', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    await client.call('selections.rename', { selectionId, name: 'Half for Python' });
    const job = await finished(page, (await start(page, ['python', 'french'])).jobId);
    expect(new Set(job.evaluationIds)).toEqual(new Set(evaluationIds));
    // nothing was computed: a measurement reports progress
    expect(job.total).toBe(0);
    const rows = await client.call('evaluations.list', {});
    expect(rows).toHaveLength(6);
    expect(rows.map(({ label }) => label)).toContain('Half for Python, easy-ep, preview');
  });

  test('what cannot be measured is refused at once', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const [text] = await client.call('texts.list', {});
    const ask = { against: modelId, variants: [], textIds: [text?.id ?? 0], ctx: CTX, chunks: null };
    await expect(client.call('evaluations.start', { ...ask, ctx: 255 })).rejects.toThrow(/even/);
    await expect(client.call('evaluations.start', { ...ask, textIds: [9999] })).rejects.toMatchObject({
      code: 'USAGE',
    });
    expect((await client.call('jobs.list', { limit: 100 })).every(({ state }) => state !== 'queued')).toBe(true);
  });

  test('a text that is too short fails alone; the others are kept', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const domainId = (await client.call('domains.list', {})).find(({ name }) => name === 'math')?.id ?? 0;
    const short = inDir('short.txt');
    writeFileSync(short, 'Two and two are four.');
    await client.call('texts.import', { domainId, grants: [page.grant(short)] });
    const { jobId } = await start(page, ['math']);
    const job = await page.until('job', ({ id, state }) => id === jobId && state === 'failed');
    expect(job.error).toMatchObject({ code: 'TEXT_TOO_SHORT' });
    expect(job.error?.message).toContain('short.txt');
    expect(job.evaluationIds).toHaveLength(3);
    const rows = await client.call('evaluations.list', {});
    expect(rows).toHaveLength(9);
    const math = rows.filter(({ domain }) => domain === 'math').map(({ id }) => id);

    const { undoId } = await client.call('evaluations.delete', { evaluationIds: math });
    expect(await client.call('evaluations.list', {})).toHaveLength(6);
    await client.call('undo', { undoId });
    expect(await client.call('evaluations.list', {})).toEqual(rows);
  });

  test('cancelled, it keeps what is finished', async () => {
    const page = openTestEngine(home);
    const { jobId } = await start(page, ['typescript', 'japanese', 'manual'], 8);
    const first = await page.until('job', ({ id, evaluationIds: ids }) => id === jobId && ids.length > 0);
    expect(first.step?.key).toMatch(/measuring|loading/);
    await page.client.call('jobs.cancel', { jobId });
    const job = await page.until('job', ({ id, state }) => id === jobId && state === 'cancelled');
    const rows = await page.client.call('evaluations.list', {});
    const stored = rows.map(({ id }) => id);
    expect(job.evaluationIds.length).toBeGreaterThan(0);
    expect(job.evaluationIds.length).toBeLessThan(9);
    for (const id of job.evaluationIds) expect(stored).toContain(id);
  });
});

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Leaves the beginning of each held-out text. */
async function shortenTexts(page: TestEngine): Promise<void> {
  const { client } = page;
  for (const { id, name, domain, domainId } of await client.call('texts.list', {})) {
    const short = inDir(name);
    writeFileSync(short, readFileSync(join(ROOT, 'resources/sample/eval', `${domain}.txt`), 'utf8').slice(0, 8_000));
    await client.call('texts.delete', { textId: id });
    await client.call('texts.import', { domainId, grants: [page.grant(short)] });
  }
}

test('an export is measured by itself, and page, report and command line say the same of it', async () => {
  const page = openTestEngine(home);
  const { client } = page;
  const small = inDir('sample-python-8e.gguf');
  const selection = await client.call('selections.save', {
    request: request({ keep: { kind: 'count', count: 8 } }),
    name: '',
  });
  // one other domain shows as much here as three
  const others = (await client.call('texts.list', {})).filter(({ domain }) => !['python', 'french'].includes(domain));
  for (const { id } of others) await client.call('texts.delete', { textId: id });
  await shortenTexts(page);
  const offer = await client.call('evaluations.offer', { selectionId: selection.id });
  expect(offer.texts.map(({ source, inDomain }) => `${source} ${inDomain}`)).toEqual(['heldOut true', 'heldOut false']);
  expect(offer.seconds).toBeGreaterThan(0);
  const verdictOf = () => client.call('evaluations.verdict', { selectionId: selection.id });
  expect(await verdictOf()).toMatchObject({ grade: null, inside: null, bytes: { predicted: true } });

  await client.call('settings.set', { measureExports: true });
  const target = page.grant(small, 'write');
  const { jobId } = await client.call('exports.start', {
    choice: { kind: 'selection', selectionId: selection.id },
    target,
    options: EXPORT_OPTIONS,
  });
  await finished(page, jobId);
  const measuring = await page.until(
    'job',
    ({ id, kind, state }) => id > jobId && kind === 'evaluate' && state === 'done',
  );
  expect(measuring.evaluationIds).toHaveLength(2 * offer.texts.length);
  await client.call('settings.set', { measureExports: false });

  const verdict = await verdictOf();
  expect(verdict).toMatchObject({
    inside: { parts: [{ domain: 'python' }] },
    bytes: { full: statSync(SAMPLE).size, pruned: statSync(small).size, predicted: false },
  });
  expect(verdict.outside?.parts).toHaveLength(1);
  const told = await client.call('exports.card', {
    subject: { kind: 'selection', selectionId: selection.id, exportId: null },
    form: 'report',
    target: page.grant(inDir('judged.html'), 'write'),
    overwrite: true,
  });
  expect(told.verdict).toEqual(verdict);
  await page.close();
  const line = await commandLineHere(home).call(
    'report',
    '--selection',
    String(selection.id),
    '-o',
    inDir('judged.html'),
  );
  expect(line.stdout.split('\n')[0]).toBe(verdictSentence(verdict, await voiceIn('en')));
});

describe('a quantised export', () => {
  const path = inDir('small.gguf');
  const options: ExportOptions = {
    ...EXPORT_OPTIONS,
    // llama.cpp makes it with an importance matrix alone
    quantise: { type: 'Q2_K_S', rules: { attention: 'q6_K' }, allowRequantize: true },
  };

  test('by its run’s own matrix has the size and the keys that were said, and is measured itself', async () => {
    const page = openTestEngine(home);
    const { client, services } = page;
    const { id: own } = await client.call('selections.save', { request: request(), name: '' });
    const { name } = await client.call('exports.suggestName', { selectionId: own, quantType: 'Q2_K_S' });
    expect(name).toBe('winnow-sample-python-16e-Q2_K_S.gguf');
    const toExport = (change: Partial<ExportOptions>) => ({
      choice: { kind: 'selection' as const, selectionId: own },
      target: page.grant(path, 'write'),
      options: { ...options, ...change },
    });
    const without = await client.call('exports.plan', toExport({}));
    expect(without.problems.map(({ code }) => code)).toEqual(['IMATRIX_MISSING']);
    const planned = await client.call('exports.plan', toExport({ imatrixRun: runId }));
    expect(planned.problems).toEqual([]);

    await client.call('settings.set', { measureExports: true });
    const { jobId } = await client.call('exports.start', toExport({ imatrixRun: runId }));
    await finished(page, jobId);
    expect(statSync(path).size).toBe(planned.prunedBytes);
    const written = (await client.call('exports.list', {})).find(
      ({ displayPath }) => displayPath === displayPathOf(path),
    );
    expect(written).toMatchObject({ quantType: 'Q2_K_S', mixed: true });
    const { details } = await client.call('library.get', { modelId: written?.modelId ?? '' });
    expect(details).toMatchObject({ fileType: 'Q2_K_S', mixed: true });
    const { keys, tensors } = await seeGguf(path);
    expect(keys.get('quantize.imatrix.dataset')?.value).toBe('python');
    expect(new Set(tensors.filter(({ name: tensor }) => tensor.includes('.attn_q.')).map(({ type }) => type))).toEqual(
      new Set(['Q6_K']),
    );

    const measuring = await page.until('job', ({ kind, id }) => kind === 'evaluate' && id > jobId);
    await client.call('jobs.cancel', { jobId: measuring.id });
    expect(services.queue.get(measuring.id)?.request).toMatchObject({ variants: [{ path, kept: null }] });
    await client.call('settings.set', { measureExports: false });
  });
});
