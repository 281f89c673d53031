// Demos as the sample model will see them: rendered, cut into tokens, counted, and answered by it.
import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReadAs } from '../../electron/contract/demo.ts';
import { WinnowError } from '../../electron/contract/errors.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { loadVocabulary, type LoadedModel } from '../../electron/engine/base/backend/load-files.ts';
import { WarmVocabulary } from '../../electron/engine/models/warm-vocabulary.ts';
import { forkWorker, type WorkerHost, type WorkerProcess } from '../../electron/engine/base/backend/worker-host.ts';
import { readTokenPieces } from '../../electron/engine/demos/token-pieces.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { until } from './processes.ts';
import { ROOT, SAMPLE, scratchDir } from './support.ts';

const scratch = scratchDir();
const FAMILY = '👨‍👩‍👧‍👦';
const UNICODE = `${FAMILY} 日本語の文章🎉 и русский, naïve\n\tend\uFEFF.`;

/** Workers that were started, and whether they have ended. */
function watchedHost(): { host: WorkerHost; workers: { process: WorkerProcess; ended: boolean }[] } {
  const workers: { process: WorkerProcess; ended: boolean }[] = [];
  const host: WorkerHost = (spec) => {
    const worker = { process: forkWorker(spec), ended: false };
    worker.process.onExit(() => (worker.ended = true));
    workers.push(worker);
    return worker.process;
  };
  return { host, workers };
}

async function errorOf(work: Promise<unknown>): Promise<WinnowError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(WinnowError);
  return error as WinnowError;
}

function write(name: string, rows: readonly unknown[]): string {
  const path = join(scratch, name);
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join('\n'));
  return path;
}

type Opened = { readonly page: TestEngine; readonly modelId: string; readonly domainId: number };

async function openWith(path: string, host?: WorkerHost): Promise<Opened> {
  const page = openTestEngine(undefined, host);
  const modelId = await page.services.library.add(SAMPLE, 'sample');
  const { id: domainId } = await page.client.call('domains.create', { name: 'mixed' });
  const files = await page.client.call('demos.import', { domainId, grants: [page.grant(path)] });
  const [outcome] = files;
  expect(outcome?.error).toBeNull();
  return { page, modelId, domainId };
}

describe('the text of tokens', () => {
  const backend = new Backend();
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadVocabulary(backend, { path: SAMPLE, parts: [SAMPLE] });
  });
  afterAll(() => backend.close());

  async function tokensOf(text: string): Promise<Int32Array> {
    const [tokens] = await backend.call('tokenize', { texts: [{ text, addSpecial: false, parseSpecial: true }] });
    return tokens!;
  }

  test('a character spread over several tokens stands whole at its last one', async () => {
    const tokens = await tokensOf(UNICODE);
    const pieces = await readTokenPieces(tokens, backend);
    expect(pieces).toHaveLength(tokens.length);
    expect(pieces.join('')).toBe(UNICODE);
    expect(pieces.join('')).not.toContain('\uFFFD');
    // the family alone has 25 bytes
    expect(pieces.filter((piece) => piece === '').length).toBeGreaterThan(5);
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
  });

  test('a cut anywhere leaves whole characters', async () => {
    const tokens = await tokensOf(UNICODE);
    for (let end = 0; end <= tokens.length; end++) {
      const text = (await readTokenPieces(tokens.slice(0, end), backend)).join('');
      expect(UNICODE.startsWith(text)).toBe(true);
    }
  });

  test('special tokens are written out, each as one piece', async () => {
    const special = model.eosToken;
    expect(special).not.toBeNull();
    expect(await readTokenPieces(await tokensOf(`a${special}b`), backend)).toContain(special);
  });

  test('a token that the vocabulary does not have is an error, not the end of the worker', async () => {
    for (const token of [-1, 1 << 30]) {
      await expect(backend.call('tokenPieces', { tokens: Int32Array.of(token) })).rejects.toThrow('has no token');
    }
    expect(await readTokenPieces(new Int32Array(), backend)).toEqual([]);
  });
});

describe('a demo as the model sees it', () => {
  const ROWS = [
    { text: UNICODE },
    {
      messages: [
        { role: 'system', content: 'Be short.' },
        { role: 'user', content: `日本語 ${FAMILY}` },
        { role: 'assistant', content: 'はい。🎉' },
      ],
    },
    { prompt: 'Only a question?' },
    { text: 'word '.repeat(6000) },
  ];
  let opened: Opened;
  beforeEach(async () => {
    opened = await openWith(write('mixed.jsonl', ROWS));
  });

  const rendered = (demoId: number, maxTokens = 0) =>
    opened.page.client.call('demos.rendered', { demoId, modelId: opened.modelId, maxTokens });

  test('shows every token of text and chat', async () => {
    const text = await rendered(1);
    expect(text).toMatchObject({ cut: false, warning: null });
    expect(text.text.endsWith(UNICODE)).toBe(true);
    expect(text.pieces).toHaveLength(text.tokens);
    expect(text.pieces.join('')).toBe(text.text);
    const chat = await rendered(2);
    for (const part of ['Be short.', `日本語 ${FAMILY}`, 'はい。🎉']) expect(chat.text).toContain(part);
    expect(chat.text).not.toContain('\uFFFD');
    const marks = chat.special.map((at) => chat.pieces[at]);
    expect(marks.length).toBeGreaterThan(0);
    for (const mark of marks) expect(UNICODE + 'Be short.').not.toContain(mark);
    const ordinary = chat.pieces.filter((_, at) => !chat.special.includes(at)).join('');
    for (const part of ['Be short.', 'はい。🎉']) expect(ordinary).toContain(part);
    // the template's own marks
    expect(chat.text.length).toBeGreaterThan('Be short.'.length + `日本語 ${FAMILY}`.length + 'はい。🎉'.length);
  });

  test('is cut as scoring cuts it, and shows the first 4000 tokens of a long one', async () => {
    const whole = await rendered(1);
    const cut = await rendered(1, 7);
    expect(cut).toMatchObject({ tokens: 7, cut: true, pieces: whole.pieces.slice(0, 7) });
    const long = await rendered(4);
    expect(long.tokens).toBeGreaterThan(4000);
    expect(long.pieces).toHaveLength(4000);
  });

  test('is counted as it is shown', async () => {
    const { page, modelId, domainId } = opened;
    for (const maxTokens of [0, 10]) {
      const lengths = [];
      for (const demoId of [1, 2, 3, 4]) lengths.push((await rendered(demoId, maxTokens)).tokens);
      expect(await page.client.call('demos.count', { domainId, modelId, maxTokens })).toEqual({
        demos: 4,
        tokens: lengths.reduce((sum, length) => sum + length),
        longest: Math.max(...lengths),
        skipped: [],
        unwritten: [],
      });
    }
    const { id } = await page.client.call('domains.create', { name: 'empty' });
    const none = await page.client.call('demos.count', { domainId: id, modelId, maxTokens: 0 });
    expect(none).toEqual({ demos: 0, tokens: 0, longest: 0, skipped: [], unwritten: [] });
  });

  test('needs the demo and the model', async () => {
    expect((await errorOf(rendered(99))).message).toContain('deleted');
    opened = { ...opened, modelId: '0123456789abcdef' };
    expect((await errorOf(rendered(1))).code).toBe('FILE_NOT_FOUND');
  });
});

describe('the warm tokenizer', () => {
  const { host, workers } = watchedHost();
  let vocabulary: WarmVocabulary;
  beforeEach(() => {
    workers.length = 0;
    vocabulary = new WarmVocabulary(host, 300);
  });
  afterEach(() => vocabulary.close());

  const vocabularySize = (path: string, signal?: AbortSignal): Promise<number> =>
    vocabulary.use(path, ({ model }) => Promise.resolve(model.nVocab), signal);

  test('serves one look after another with one worker, and ends it when nobody looks', async () => {
    const size = await vocabularySize(SAMPLE);
    expect(await Promise.all([vocabularySize(SAMPLE), vocabularySize(SAMPLE)])).toEqual([size, size]);
    expect(workers).toHaveLength(1);
    await until('the end of the worker', () => workers[0]?.ended === true);
    expect(await vocabularySize(SAMPLE)).toBe(size);
    expect(workers).toHaveLength(2);
  });

  test('another model takes its place, once its users are done', async () => {
    const copy = join(scratch, 'copy.gguf');
    copyFileSync(SAMPLE, copy);
    const slow = vocabulary.use(SAMPLE, async ({ backend }) => {
      await vocabularySize(copy);
      return (await backend.call('tokenize', { texts: [{ text: 'a', addSpecial: false, parseSpecial: false }] }))
        .length;
    });
    expect(await slow).toBe(1);
    expect(workers).toHaveLength(2);
    await until('the end of the worker', () => workers[0]?.ended === true);
    expect(workers[1]?.ended).toBe(false);
    // the same file name with another content is another model
    writeFileSync(copy, readFileSync(SAMPLE));
    await vocabularySize(copy);
    expect(workers).toHaveLength(3);
  });

  test('a worker that dies is a readable error, and the next look has a new one', async () => {
    await vocabularySize(SAMPLE);
    const dying = vocabulary.use(SAMPLE, ({ backend }) => {
      const call = backend.call('tokenize', {
        texts: [{ text: 'x'.repeat(1 << 20), addSpecial: false, parseSpecial: false }],
      });
      workers[0]?.process.kill();
      return call;
    });
    const error = await errorOf(dying);
    expect(error.code).toBe('BACKEND_CRASHED');
    expect(error.message).toContain(SAMPLE);
    expect(error.message).toContain('Try again');
    expect(await vocabularySize(SAMPLE)).toBeGreaterThan(0);
    expect(workers).toHaveLength(2);
  });

  test('a model that cannot be loaded leaves no worker behind', async () => {
    const cut = join(scratch, 'cut.gguf');
    copyFileSync(SAMPLE, cut);
    truncateSync(cut, 4000);
    expect((await errorOf(vocabularySize(cut))).code).toBe('GGUF_CORRUPT');
    await until('the end of the workers', () => workers.every(({ ended }) => ended));
    rmSync(cut);
    expect((await errorOf(vocabularySize(cut))).code).toBe('FILE_NOT_FOUND');
  });

  test('a cancelled look ends at once, whatever the worker does', async () => {
    const abort = new AbortController();
    const never = vocabulary.use(SAMPLE, () => new Promise(() => undefined), abort.signal);
    setTimeout(() => abort.abort(new WinnowError('CANCELLED', 'enough')), 200);
    expect((await errorOf(never)).code).toBe('CANCELLED');
  });
});

test('a count of many demos is cancelled at once', async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => ({ text: `${i} ${'some words '.repeat(100)}` }));
  const { page, modelId, domainId } = await openWith(write('many.jsonl', rows));
  const abort = new AbortController();
  const counting = page.client.call('demos.count', { domainId, modelId, maxTokens: 0 }, abort.signal);
  setTimeout(() => abort.abort(), 300);
  const started = performance.now();
  expect((await errorOf(counting)).code).toBe('CANCELLED');
  expect(performance.now() - started).toBeLessThan(3000);
});

describe('answers', () => {
  const QUESTIONS = Array.from(
    { length: 12 },
    (_, i) => `Tom has ${i + 3} apples and buys 4 more. How many apples does he have?`,
  );
  const ROWS = [...QUESTIONS.map((prompt) => ({ prompt })), { text: 'A text.' }, { prompt: 'q', response: 'a' }];

  const summaries = async ({ page, domainId }: Opened) =>
    (await page.client.call('demos.list', { domainId, offset: 0, limit: 100, search: '' })).demos;

  async function start({ page, modelId, domainId }: Opened, maxTokens: number): Promise<{ jobId: number }> {
    // threads that wait for each other crawl where other programs use the same cores
    const { placement } = await page.client.call('settings.get', {});
    await page.client.call('settings.set', { placement: { ...placement, gpu: 'off', threads: 1 } });
    return page.client.call('demos.respond', {
      model: { kind: 'library', modelId },
      demos: { kind: 'domain', domainId },
      maxTokens,
    });
  }

  test('are stored, and the others stay as they are', async () => {
    const opened = await openWith(write('prompts.jsonl', ROWS));
    const { page, domainId } = opened;
    const { jobId } = await start(opened, 16);
    const job = await page.until('job', ({ id, state }) => id === jobId && !['queued', 'running'].includes(state));
    expect(job).toMatchObject({ kind: 'respond', state: 'done', error: null });
    expect(job.subject).toContain('mixed');
    const demos = await summaries(opened);
    expect(demos.map(({ promptOnly, answeredByModel }) => [promptOnly, answeredByModel])).toEqual([
      ...QUESTIONS.map(() => [false, true]),
      [false, false],
      [false, false],
    ]);
    expect(await page.client.call('domains.list', {})).toMatchObject([{ demos: 14, promptOnly: 0 }]);
    expect(JSON.stringify(await page.client.call('demos.get', { demoId: 1 }))).toContain(QUESTIONS[0]);
    expect(page.events('demos').filter((event) => event.domainId === domainId).length).toBeGreaterThan(1);
    const steps = page.events('job').flatMap(({ step }) => (step?.key === 'answering' ? [step] : []));
    expect(new Set(steps.map(({ total }) => total))).toEqual(new Set([QUESTIONS.length]));
    expect(steps.map(({ done }) => done)).toEqual(steps.map(({ done }) => done).toSorted((a, b) => a - b));
    expect((await errorOf(start(opened, 16))).message).toContain('an answer already');
  });
});

test('files of the sample are imported as they are scored: no demo of it is left out', async () => {
  const { page, modelId, domainId } = await openWith(join(ROOT, 'resources/sample/demos/japanese.jsonl'));
  const { total, demos } = await page.client.call('demos.list', { domainId, offset: 0, limit: 1, search: '' });
  const count = await page.client.call('demos.count', { domainId, modelId, maxTokens: 0 });
  expect(count.demos).toBe(total);
  const { text, pieces } = await page.client.call('demos.rendered', { demoId: demos[0]!.id, modelId, maxTokens: 0 });
  expect(text).not.toContain('\uFFFD');
  expect(text).toContain(demos[0]!.opening);
  expect(pieces.join('')).toBe(text);
});

test('a text many times longer than the tokens wished for is known before it is added, about as long as it is', async () => {
  const line = 'The quick brown fox jumps over the lazy dog. ';
  const { page, modelId } = await openWith(write('demos.jsonl', [{ text: 'a demo' }]));
  const grants = [
    page.grant(write('book.jsonl', [{ text: 'short' }, { text: line.repeat(8000) }])),
    page.grant(write('page.jsonl', [{ text: line.repeat(100) }])),
  ];
  const examine = async (maxTokens: number) => {
    const files = await page.client.call('demos.examine', { grants, modelId, maxTokens });
    return files.map(({ longest }) => longest);
  };
  // longer than the context, which is no limit: it is read in windows
  expect(await examine(0)).toEqual([null, null]);
  const [book, shorter] = await examine(1024);
  expect(shorter).toBeNull();
  const cut = await examine(128);
  const perLine = (cut[1]?.tokens ?? 0) / 100;
  expect(perLine).toBeGreaterThan(5);
  expect(book?.limit).toBe(1024);
  expect((book?.tokens ?? 0) / 8000 / perLine).toBeCloseTo(1, 1);
  expect(cut.map((longest) => longest?.limit)).toEqual([128, 128]);
  expect(await page.client.call('demos.examine', { grants, modelId: null, maxTokens: 0 })).toMatchObject([
    { longest: null },
    { longest: null },
  ]);
});

test('a document that may be a demo is added as somebody says, as demos and as a held-out text', async () => {
  const { page, domainId } = await openWith(write('demos.jsonl', [{ text: 'a demo' }]));
  const path = join(scratch, 'both.json');
  writeFileSync(path, JSON.stringify({ content: 'about the rows', data: [{ text: 'one' }, { text: 'two' }] }));
  const grant = page.grant(path);
  const grants = [grant];
  const [examined] = await page.client.call('demos.examine', { grants, modelId: null, maxTokens: 0 });
  expect(examined?.document).toMatchObject({ fields: ['content'], list: 'data', rows: 2 });
  const add = async (as: Record<string, ReadAs>) =>
    (await page.client.call('demos.import', { domainId, grants, as }))[0];
  expect(await add({})).toMatchObject({ added: 0, error: { code: 'DEMO_FORMAT' } });
  expect(await add({ [grant]: { document: 'rows' } })).toMatchObject({ added: 2, error: null });
  expect(await add({ [grant]: { document: 'demo' } })).toMatchObject({ added: 1, error: null });
  const other = await page.client.call('domains.create', { name: 'other' });
  const asText = { domainId: other.id, grants, as: { [grant]: { document: 'rows' } } } as const;
  expect((await page.client.call('texts.import', asText))[0]).toMatchObject({ error: { code: 'USAGE' } });
});
