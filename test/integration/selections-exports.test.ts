// From score runs to a pruned file and its proof, through the session: choose, save, look before writing, write, measure,
// report.
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { CallResult } from '../../electron/contract/api.ts';
import type { ExportOptions } from '../../electron/contract/api/exports.ts';
import type { SelectionRequest } from '../../electron/contract/api/selections.ts';
import { loadLocale } from '../../electron/contract/text/i18n.ts';
import { verdictSentence } from '../../electron/contract/verdict-texts.ts';
import { toDisplayPath } from '../../electron/engine/base/files/paths.ts';
import { hashOf, requireSelection } from '../../electron/engine/experts/selections/selection-view.ts';
import type { Compared } from '../../electron/engine/measure/evaluation/comparison-request.ts';
import { comparisonLedger } from '../../electron/engine/measure/evaluation/figure-ledger.ts';
import { answersOfChoice } from '../../electron/engine/measure/generation/choice-answers.ts';
import { runComparison } from '../../electron/engine/measure/evaluation/run-comparison.ts';
import { idleTask, type Task } from '../../electron/engine/store/task.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { seeGguf, stockLogits } from './gguf-tools.ts';
import { fileHash } from '../hash.ts';
import { commandLineHere, CPU, EXPORT_OPTIONS, ROOT, SAMPLE, scratchDir, seededTokens, THREADS } from './support.ts';
import { words } from '../words.ts';
import { littleComparison } from './little-comparison.ts';
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
      displayPath: toDisplayPath(output),
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
      displayPath: toDisplayPath(output),
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
      displayPath: toDisplayPath(output),
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
  const NAMES = ['full', 'preview', 'file'] as const;

  /** Measures the full model, the preview and the file on the texts of some domains. */
  async function measure(page: TestEngine, domains: readonly string[], about: Partial<Task> = {}): Promise<void> {
    const { context } = page.services;
    const { selection, model } = requireSelection(context.store, selectionId);
    const request = await littleComparison(page, selectionId, domains, { ctx: CTX, chunks: CHUNKS });
    const preview: Compared = {
      ...request.full!,
      variant: { kind: 'preview', selectionId },
      label: 'preview',
      kept: selection.kept,
      selectionHash: hashOf({ selection, model }),
      selectionId,
    };
    const all = { ...request, variants: [preview, ...request.variants] };
    await runComparison(all, context, { ...idleTask(), ...about }, answersOfChoice);
  }

  const rowsOf = ({ services }: TestEngine, domain: string) => {
    const rows = comparisonLedger(services.context.store)
      .list()
      .filter(({ settings }) => settings.text.domain === domain);
    const [full, preview, file] = NAMES.map((name) =>
      rows.find(({ settings: { variant, selectionHash } }) =>
        name === 'preview'
          ? variant.kind === name
          : variant.kind === 'model' && (selectionHash === null) === (name === 'full'),
      ),
    );
    if (!full || !preview || !file) throw new Error(`not all is measured on ${domain}`);
    return { full, preview, file };
  };

  test('full, preview and file, in the domain and out of it', async () => {
    const page = openTestEngine(home);
    await measure(page, ['python', 'french']);
    const { hash } = await page.client.call('selections.get', { selectionId });
    const damage: number[] = [];
    for (const domain of ['python', 'french']) {
      const { full, preview, file } = rowsOf(page, domain);
      expect([full, preview, file].map(({ settings }) => settings.selectionHash)).toEqual([null, hash, hash]);
      expect(full.settings.selectionId).toBeNull();
      expect(full.result).toMatchObject({ klMean: null, top1: null, ctx: CTX, chunks: CHUNKS });
      for (const { settings, result } of [preview, file]) {
        expect(settings.selectionId).toBe(selectionId);
        expect(result.klMean?.value).toBeGreaterThan(0);
        expect(result.klP99?.value).toBeGreaterThan(result.klMean?.value ?? Infinity);
        expect(result).toMatchObject({ unit: 'chunk', units: CHUNKS });
        for (const name of ['perplexity', 'ratio', 'klMean', 'klP99', 'top1'] as const) {
          expect(result[name]?.standardError, name).toBeGreaterThan(0);
          expect(result[name]?.low, name).toBeLessThanOrEqual(result[name]?.value ?? NaN);
          expect(result[name]?.high, name).toBeGreaterThanOrEqual(result[name]?.value ?? NaN);
        }
        expect(result.ratio?.value).toBeCloseTo(result.perplexity.value / full.result.perplexity.value, 4);
        expect(result.perplexity.value).toBeGreaterThan(full.result.perplexity.value);
      }
      // what the mask shows is what the file does
      const [masked, cut] = [preview.result.perplexity.value, file.result.perplexity.value];
      expect(Math.abs(masked - cut)).toBeLessThan(1e-3 * cut);
      expect(Math.abs((preview.result.klMean?.value ?? 0) - (file.result.klMean?.value ?? 1))).toBeLessThan(1e-3);
      damage.push(masked / full.result.perplexity.value);
    }
    expect(damage[1]).toBeGreaterThan(damage[0] ?? Infinity);
  });

  test('what is stored is not measured again, whatever the selection is named now', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    await client.call('selections.rename', { selectionId, name: 'Half for Python' });
    const before = rowsOf(page, 'python');
    const progress = vi.fn<Task['progress']>();
    await measure(page, ['python', 'french'], { progress });
    expect(progress).not.toHaveBeenCalled();
    expect(rowsOf(page, 'python')).toEqual(before);
    const { jobId } = (await client.call('evaluations.judge', { selectionId }))!;
    expect(page.events('evaluations')).toEqual([]);
    await page.until('evaluations', () => true);
    await page.until('job', (job) => job.id === jobId && job.selectionId === selectionId);
    await client.call('jobs.cancel', { jobId });
  });

  test('what cannot be measured is refused at once', async () => {
    const { client } = openTestEngine(home);
    await expect(client.call('evaluations.judge', { selectionId: 9999 })).rejects.toMatchObject({ code: 'USAGE' });
    expect((await client.call('jobs.list', { limit: 100 })).every(({ state }) => state !== 'queued')).toBe(true);
  });

  test('a text that is too short fails alone; the others are kept', async () => {
    const page = openTestEngine(home);
    const { client } = page;
    const domainId = (await client.call('domains.list', {})).find(({ name }) => name === 'math')?.id ?? 0;
    const short = inDir('short.txt');
    writeFileSync(short, 'Two and two are four.');
    await client.call('texts.import', { domainId, grants: [page.grant(short)] });
    const failed = await measure(page, ['math']).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'TEXT_TOO_SHORT', message: expect.stringContaining('short.txt') as string });
    rowsOf(page, 'math');
  });

  test('cancelled, it keeps what is finished', async () => {
    const page = openTestEngine(home);
    const abort = new AbortController();
    let ids: readonly number[] = [];
    const about: Task['about'] = ({ evaluationIds }) => {
      if (evaluationIds === undefined) return;
      ids = evaluationIds;
      abort.abort();
    };
    const measured = measure(page, ['typescript', 'japanese', 'manual'], { signal: abort.signal, about });
    await expect(measured).rejects.toMatchObject({ code: 'CANCELLED' });
    const stored = comparisonLedger(page.services.context.store).list();
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.length).toBeLessThan(9);
    expect(stored.map(({ id }) => id)).toEqual(expect.arrayContaining([...ids]));
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
  expect(measuring.selectionId).toBe(selection.id);
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
  expect(line.stdout.split('\n')[0]).toBe(verdictSentence(verdict, await loadLocale('en')));
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
      ({ displayPath }) => displayPath === toDisplayPath(path),
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
