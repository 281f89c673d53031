// Files that were once called good or bad, and were not: what the library says of them is what unpatched llama.cpp does
// with them. The fuzz harness looks for more of their kind.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { inEnglish } from '../../electron/contract/sentences.ts';
import { Engine } from '../engine.ts';
import { forkWorker, type WorkerHost } from '../../electron/engine/base/backend/worker-host.ts';
import { HeaderReader } from '../../electron/engine/models/library/header-reader.ts';
import {
  encodeDraft,
  keyOf,
  layOut,
  listKey,
  MODELS,
  partNames,
  setKey,
  split,
  VALUE,
  type Draft,
} from '../hostile/files/gguf/draft.ts';
import { StockCheck } from '../hostile/files/gguf/stock-check.ts';
import { SAMPLE, scratchDir, PRUNE_OPTIONS } from './support.ts';

const dir = scratchDir();
const folder = join(dir, 'models');
const reader = new HeaderReader(forkWorker);
const stock = new StockCheck();
afterAll(() => Promise.all([reader.close(), stock.close()]));
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

/** @returns the path of the first part */
function write(...parts: readonly Draft[]): string {
  const paths = partNames(parts.length).map((name) => join(folder, name));
  parts.forEach((draft, i) => writeFileSync(paths[i] ?? '', encodeDraft(draft).bytes));
  return paths[0] ?? '';
}

const qwen = (): Draft => structuredClone(MODELS.qwen3moe);

function set(draft: Draft, name: string, type: number, value: number | bigint): void {
  setKey(draft, keyOf(name, type, value));
}

const tensor = (draft: Draft, name: string): Draft['tensors'][number] => {
  const found = draft.tensors.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`there is no tensor ${name}`);
  return found;
};

type Case = readonly [
  name: string,
  damage: (draft: Draft) => void,
  state: 'ready' | 'unusable' | 'refused',
  says: RegExp,
];

const CASES: readonly Case[] = [
  ['as it was', () => {}, 'ready', /^$/],
  [
    'a vocabulary smaller than its embedding',
    (draft) => {
      tensor(draft, 'token_embd.weight').dims[1] = 39n;
      layOut(draft);
    },
    'unusable',
    /has wrong shape/,
  ],
  [
    'heads that do not divide',
    (draft) => set(draft, 'qwen3moe.attention.head_count', VALUE.u32, 0),
    'unusable',
    /llama\.cpp/,
  ],
  [
    'a tensor that nobody asks for',
    (draft) => {
      draft.tensors.push({ ...tensor(draft, 'output_norm.weight'), name: 'stray' });
      layOut(draft);
    },
    'unusable',
    /wrong number of tensors/,
  ],
  [
    '2^32 - 1 blocks to predict with',
    (draft) => set(draft, 'qwen3moe.nextn_predict_layers', VALUE.u32, 2 ** 32 - 1),
    'unusable',
    /llama\.cpp/,
  ],
  [
    'texts for the number of experts used',
    (draft) => setKey(draft, listKey('qwen3moe.expert_used_count', VALUE.text, ['x'])),
    'refused',
    /0 of 4 experts are used/,
  ],
  ['a key twice, once behind a NUL', (draft) => set(draft, 'qwen3moe.expert_count\0', VALUE.u32, 9), 'ready', /^$/],
  [
    'a tensor of the type -1',
    (draft) => void (tensor(draft, 'output.weight').type = -1),
    'unusable',
    /a tensor of the unknown type -1/,
  ],
];

test.each(CASES)('%s', async (_, damage, state, says) => {
  const draft = qwen();
  damage(draft);
  const path = write(draft);
  const reading = await reader.read(path);
  expect(reading.state, inEnglish(reading.reason ?? '')).toBe(state);
  expect(inEnglish(reading.reason ?? '')).toMatch(says);
  if (state === 'ready') expect(await stock.check(path)).toMatchObject({ stage: 'full' });
  else expect(await stock.check(path)).not.toMatchObject({ stage: 'full' });
});

test('data that begin at a multiple of 8: whether llama.cpp loads them depends on what it maps first', async () => {
  const draft = qwen();
  draft.alignment = 8;
  set(draft, 'general.alignment', VALUE.u32, 8);
  layOut(draft);
  const reading = await reader.read(write(draft));
  expect(reading).toMatchObject({ state: 'unusable', error: { code: 'GGUF_CORRUPT' } });
  expect(inEnglish(reading.reason ?? '')).toMatch(
    /which is not a multiple of 32: llama\.cpp does not load such files everywhere/,
  );
});

const many = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** What costs llama.cpp minutes, or all memory: it compares each name with all before it, and keeps all lists. */
const EXCESSES: readonly (readonly [name: string, swell: (draft: Draft) => void, says: RegExp])[] = [
  [
    'more keys',
    ({ keys }) => keys.push(...many(10_000).map((i) => keyOf(`many.${i}`, VALUE.u8, 1))),
    /it announces 10\d{3} keys, more than any model has/,
  ],
  [
    'more tensors',
    ({ tensors }) => {
      const last = tensors.at(-1);
      if (!last) return;
      tensors.push(...many(10_000).map((i) => ({ ...last, name: `many.${i}` })));
    },
    /it announces 10\d{3} tensors, more than any model has/,
  ],
  [
    'a larger vocabulary',
    ({ keys }) => keys.push(longList('tokenizer.ggml.more', 1 << 21)),
    /a list of 2097152 values, more than any model has/,
  ],
  [
    'more of all lists together',
    ({ keys }) => keys.push(...many(9).map((i) => longList(`list.${i}`, 1 << 21))),
    /a list of 2097152 values, more than any model has/,
  ],
];

function longList(name: string, count: number): Draft['keys'][number] {
  return listKey(name, VALUE.u8, Buffer.alloc(count));
}

test.each(EXCESSES)('%s than any model has', async (_, swell, says) => {
  const draft = qwen();
  swell(draft);
  const reading = await reader.read(write(draft));
  expect(reading).toMatchObject({ state: 'unusable', error: { code: 'GGUF_CORRUPT' } });
  expect(inEnglish(reading.reason ?? '')).toMatch(says);
});

test.each([
  ['as they were', () => {}, 'ready'],
  [
    'numbered by lists of one',
    ([, second]: Draft[]) => second && setKey(second, listKey('split.no', VALUE.u16, [1])),
    'ready',
  ],
  [
    'the second of another number of them',
    ([, second]: Draft[]) => second && set(second, 'split.count', VALUE.i32, -1),
    'ready',
  ],
  [
    'a tensor in two of them',
    ([first, second]: Draft[]) => {
      if (!first || !second) return;
      second.tensors[0] = { ...second.tensors[0]!, name: first.tensors[0]!.name };
    },
    'unusable',
  ],
] as const)('parts: %s', async (_, damage, state) => {
  const parts = split(qwen(), 3);
  damage(parts);
  const path = write(...parts);
  const reading = await reader.read(path);
  expect(reading.state, inEnglish(reading.reason ?? '')).toBe(state);
  expect((await stock.check(path)).stage === 'full').toBe(state === 'ready');
});

test('a written file that llama.cpp does not load never gets its name', async () => {
  const whole = qwen();
  const broken = { ...whole, tensors: whole.tensors.slice(1) };
  layOut(broken);
  const bad = write(broken);
  // as if that had been written
  const host: WorkerHost = (spec) => {
    const worker = forkWorker(spec);
    const isOfWritten = (message: unknown): boolean => /"checkLoad".*\.part"/.test(JSON.stringify(message));
    return {
      ...worker,
      send: (message) => {
        if (isOfWritten(message)) worker.send({ ...(message as object), params: { parts: [bad] } });
        else worker.send(message);
      },
    };
  };
  const engine = new Engine({ home: join(dir, 'home'), host });
  const kept = Array.from({ length: 6 }, () => [0, 1, 2, 3]);
  const output = join(folder, 'out/pruned.gguf');
  try {
    const pruning = engine.prune({ ...PRUNE_OPTIONS, model: SAMPLE, kept, output });
    await expect(pruning).rejects.toMatchObject({ code: 'VERIFY_FAILED' });
    await expect(pruning).rejects.toThrow(/pruned\.gguf was written as planned, but llama\.cpp does not load it/);
    expect(readdirSync(join(folder, 'out'))).toEqual([]);
  } finally {
    await engine.close();
  }
});
