// Chats are measured from their start on their answers: the same as what the logits of each chat say of its answer's tokens, each read by
// itself.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Engine } from '../engine.ts';
import { Backend, type LoadedModel } from '../../electron/engine/base/backend/backend.ts';
import { rendererBeside, renderDemo } from '../../electron/engine/demos/chat-renderer.ts';
import { readTokenPieces } from '../../electron/engine/demos/tokenize.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { CPU, ROOT, SAMPLE, scratchDir, THREADS } from './support.ts';

type Row = { readonly question: string; readonly answer: string };

const CHATS = 6;
/** Logits of a batch and of a single sequence differ by rounding. */
const CLOSE = 0.002;

const home = scratchDir();
const demos = join(home, 'chats.jsonl');
const rows = readFileSync(join(ROOT, 'resources/sample/demos/math.jsonl'), 'utf8').trim().split('\n').slice(0, CHATS);
const engine = new Engine({ home });
const backend = new Backend('off');
let model: LoadedModel;

beforeAll(async () => {
  writeFileSync(demos, `${rows.join('\n')}\n`);
  const { info } = await inspectModel(SAMPLE, backend);
  model = await loadModel(backend, info, CPU);
});
afterAll(() => backend.close());

/** Nats of each token of a chat's answer: a token belongs to it by where its characters stand. */
async function answerNats({ question, answer }: Row): Promise<number[]> {
  const messages = [
    { role: 'user' as const, content: question },
    { role: 'assistant' as const, content: answer },
  ];
  const { chatTemplate: source, bosToken, eosToken, nVocab } = model;
  const template = { source, bosToken, eosToken };
  const { text, addSpecial, parseSpecial } = await renderDemo(
    { kind: 'chat', messages },
    template,
    rendererBeside(backend),
  );
  const [tokens] = await backend.call('tokenize', { texts: [{ text, addSpecial, parseSpecial }] });
  const pieces = await readTokenPieces(tokens!, backend);
  const logits = await backend.call('logits', { tokens: tokens!, nUbatch: 512, nThreads: THREADS, kvType: 'f16' });
  const said = pieces.join('');
  const start = said.lastIndexOf(answer);
  expect(start).toBeGreaterThan(said.indexOf(question));
  let end = 0;
  const nats: number[] = [];
  for (const [i, piece] of pieces.entries()) {
    const begin = end;
    end += piece.length;
    const common = Math.min(end, start + answer.length) - Math.max(begin, start);
    if (i === 0 || 2 * common < piece.length || piece === '') continue;
    const row = logits.subarray((i - 1) * nVocab, i * nVocab);
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((total, logit) => total + Math.exp(logit - most), 0);
    nats.push(most + Math.log(sum) - row[tokens![i]!]!);
  }
  return nats;
}

test('the figures of chats are those of their answers alone, each read from its start', async () => {
  const perChat: number[][] = [];
  for (const row of rows) perChat.push(await answerNats(JSON.parse(row) as Row));
  const expected = perChat.flat();
  const request = { model: SAMPLE, text: demos, ctx: 512, chunks: undefined } as const;
  const { figures } = await engine.evaluate({ ...request, placement: CPU });
  expect(figures).toMatchObject({ tokens: expected.length, unit: 'document', units: CHATS, separate: true });
  const mean = expected.reduce((sum, nats) => sum + nats, 0) / expected.length;
  expect(Math.abs(figures.nll.value - mean)).toBeLessThan(CLOSE);

  // in chunks of another size they are read alike, and as far as that is asked for
  const others = await engine.evaluate({ ...request, ctx: 64, placement: CPU });
  expect(others.figures.nll.value).toBe(figures.nll.value);
  const first = await engine.evaluate({ ...request, ctx: 8, chunks: 1, placement: CPU });
  const means = perChat.map((nats) => ({
    tokens: nats.length,
    mean: nats.reduce((sum, one) => sum + one, 0) / nats.length,
  }));
  const { tokens, nll } = first.figures;
  expect(means.some((chat) => chat.tokens === tokens && Math.abs(chat.mean - nll.value) < CLOSE)).toBe(true);
});

test('a model beside itself: no divergence on answers', async () => {
  const { figures } = await engine.evaluate({
    model: SAMPLE,
    text: demos,
    against: SAMPLE,
    ctx: 512,
    chunks: undefined,
    placement: CPU,
  });
  expect(figures.klMean?.value).toBeLessThan(1e-5);
  expect(figures.top1?.value).toBe(1);
});
