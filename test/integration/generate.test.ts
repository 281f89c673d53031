// Continuing prompts in the backend worker: what is generated is what the logits say, however many prompts run at once.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Backend, type LoadedModel } from '../../electron/engine/base/backend/backend.ts';
import type { Event } from '../../electron/engine/base/backend/protocol.ts';
import type { CallOptions } from '../../electron/engine/base/backend/worker-client.ts';
import { loadModel } from '../../electron/engine/models/placement/load-model.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import type { ModelInfo } from '../../electron/contract/model-info.ts';
import { CPU, SAMPLE, THREADS } from './support.ts';
import { blockMask } from '../../electron/engine/models/prediction-blocks.ts';

const TEXTS = [
  'def read(path):\n',
  'Le fichier',
  'Question: There are 3 boxes with 4 apples. How',
  'import os\n\nclass',
  'SYNOPSIS\n',
];
/** Logits of a batch and of single tokens differ by rounding. */
const CLOSE = 0.05;

const backend = new Backend('off');
let info: ModelInfo;
let model: LoadedModel;
let prompts: Int32Array[];

beforeAll(async () => {
  ({ info } = await inspectModel(SAMPLE, backend));
  model = await loadModel(backend, info, CPU);
  prompts = await backend.call('tokenize', {
    texts: TEXTS.map((text) => ({ text, addSpecial: true, parseSpecial: true })),
  });
});
afterAll(() => backend.close());

type Options = {
  readonly nSeq?: number;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
  readonly nThreads?: number;
};

async function generate(
  { nSeq = 2, maxTokens = 12, temperature = 0, seed = 7, nThreads = THREADS }: Options = {},
  call: CallOptions & { readonly onEvent?: (parts: Event<'generate'>) => void } = {},
) {
  const { completions } = await backend.call(
    'generate',
    {
      prompts,
      seeds: Int32Array.from(prompts, (_, i) => seed + i),
      nSeq,
      nCtx: 64,
      nUbatch: 256,
      nThreads,
      maxTokens,
      temperature,
      topP: 0.95,
      minP: 0,
    },
    call,
  );
  return completions.map(({ tokens, stop }) => ({ tokens: [...tokens], stop }));
}

/** Greatest distance of a generated token's logit from the largest one. */
async function worstStep(completions: readonly { readonly tokens: readonly number[] }[]): Promise<number> {
  let worst = 0;
  for (const [i, { tokens }] of completions.entries()) {
    const prompt = prompts[i] ?? new Int32Array();
    const logits = await backend.call('logits', {
      tokens: Int32Array.from([...prompt, ...tokens]),
      nUbatch: 256,
      nThreads: THREADS,
      kvType: 'f16',
    });
    tokens.forEach((token, step) => {
      const row = logits.subarray((prompt.length + step - 1) * model.nVocab, (prompt.length + step) * model.nVocab);
      worst = Math.max(worst, Math.max(...row) - (row[token] ?? -Infinity));
    });
  }
  return worst;
}

describe('greedy', () => {
  test.each([1, 2, 5])('every token is the likeliest one, %i prompts at once', async (nSeq) => {
    const completions = await generate({ nSeq });
    expect(completions).toHaveLength(TEXTS.length);
    for (const { tokens, stop } of completions) expect(tokens.length === 12 || stop === 'eog').toBe(true);
    expect(await worstStep(completions)).toBeLessThan(CLOSE);
  });

  test('the mask applies, and is lifted', async () => {
    const before = await generate();
    const kept = info.moeLayers.map(() => Array.from({ length: 8 }, (_, i) => 3 * i + 1));
    await backend.call('setMask', { mask: blockMask(kept, info, model.nLayers), ungrouped: false });
    const masked = await generate();
    expect(masked).not.toEqual(before);
    expect(await worstStep(masked)).toBeLessThan(CLOSE);
    await backend.call('setMask', { mask: null, ungrouped: false });
    expect(await generate()).toEqual(before);
  });
});

test('sampling follows the seed', async () => {
  const first = await generate({ temperature: 0.8 });
  expect(await generate({ temperature: 0.8 })).toEqual(first);
  expect(await generate({ temperature: 0.8, seed: 1000 })).not.toEqual(first);
});

test('a prompt and its completion stay inside their context', async () => {
  const completions = await generate({ maxTokens: 500 });
  completions.forEach(({ tokens, stop }, i) => {
    const length = (prompts[i]?.length ?? 0) + tokens.length;
    expect(length).toBeLessThanOrEqual(64 + 1);
    if (stop === 'length') expect(length).toBe(64 + 1);
  });
});

test('stops when told to', async () => {
  const abort = new AbortController();
  const call = generate({ nSeq: 1, maxTokens: 60 }, { signal: abort.signal });
  setTimeout(() => abort.abort(), 20);
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
  expect(await generate()).toHaveLength(TEXTS.length);
});

test('what is written is told while it is written', async () => {
  const told = TEXTS.map(() => ({ tokens: [] as number[], bytes: [] as number[], stops: [] as (string | null)[] }));
  const completions = await generate(
    { nSeq: 2, maxTokens: 40 },
    {
      onEvent: (parts) => {
        for (const { prompt, tokens, bytes, stop } of parts) {
          told[prompt]?.tokens.push(...tokens);
          told[prompt]?.bytes.push(...bytes);
          told[prompt]?.stops.push(stop);
        }
      },
    },
  );
  expect(told.map(({ tokens }) => tokens)).toEqual(completions.map(({ tokens }) => tokens));
  expect(told.map(({ stops }) => stops.at(-1))).toEqual(completions.map(({ stop }) => stop));
  for (const { stops } of told) expect(stops.slice(0, -1).every((stop) => stop === null)).toBe(true);
  for (const { tokens, bytes } of told) {
    const pieces = await backend.call('tokenPieces', { tokens: Int32Array.from(tokens) });
    expect(bytes).toEqual([...pieces.bytes]);
  }
});

test('steps take no more threads than there are cores for', async () => {
  /** Seconds of the steps alone: the prompts are read before. */
  const secondsOfSteps = async (nThreads: number): Promise<number> => {
    let first = 0;
    await generate({ nSeq: 5, maxTokens: 57, nThreads }, { onEvent: () => (first ||= performance.now()) });
    return (performance.now() - first) / 1000;
  };
  await secondsOfSteps(1);
  const one = await secondsOfSteps(1);
  // each of them waits for the others without sleeping
  expect(await secondsOfSteps(2 * THREADS)).toBeLessThan(5 * one + 8);
});
