// Demos as the sample model reads them, and answered by it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WinnowError } from '../../electron/contract/errors.ts';
import { Backend, loadVocabulary, type LoadedModel } from '../../electron/engine/base/backend/backend.ts';
import { readTokenPieces } from '../../electron/engine/demos/tokenize.ts';
import { openTestEngine, type TestEngine } from '../unit/session/test-engine.ts';
import { SAMPLE, scratchDir } from './support.ts';

const scratch = scratchDir();
const FAMILY = '👨‍👩‍👧‍👦';
const UNICODE = `${FAMILY} 日本語の文章🎉 и русский, naïve\n\tend\uFEFF.`;

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

async function openWith(path: string): Promise<Opened> {
  const page = openTestEngine();
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
