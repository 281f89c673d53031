// Which JSON files are choices of experts: everything else goes on as examples.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recogniseChoice } from '../../../electron/engine/experts/selection/recognise-choice.ts';
import { failure } from './matrices.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winnow-recognise-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function saved(text: string): Promise<string> {
  const path = join(folder, 'file.json');
  await writeFile(path, text);
  return path;
}

const model = {
  name: 'Tiny',
  file: 'tiny.gguf',
  arch: 'qwen3moe',
  fingerprint: 'c'.repeat(64),
  n_layers: 3,
  moe_layers: [1, 2],
  n_expert: 3,
  n_expert_used: 1,
};
const recipe = {
  format: 'winnow-recipe',
  version: 1,
  model,
  criterion: null,
  settings: {},
  ranking: null,
  kept: [
    [0, 2],
    [1, 2],
  ],
};

it('a mask, by its rows', async () => {
  const counts = { kind: 'mask', fingerprint: null, model: null, keep: 1, nLayers: 2, nExpert: 3 };
  expect(await recogniseChoice(await saved('[[0,1,0],[1,0,0]]'))).toEqual(counts);
  expect(await recogniseChoice(await saved('[[false,true,false],[true,false,false]]'))).toEqual(counts);
});

it('a recipe, by what it says that it is', async () => {
  expect(await recogniseChoice(await saved(JSON.stringify(recipe)))).toEqual({
    kind: 'recipe',
    fingerprint: model.fingerprint,
    model: 'Tiny',
    keep: 2,
    nLayers: 2,
    nExpert: 3,
  });
});

it.each([
  '[{"prompt":"1 + 1?","answer":"2"}]',
  '[["user","hello"],["assistant","hi"]]',
  '["one","two"]',
  '[]',
  '[[]]',
  '{"format":"another"}',
  '{"prompt":"a"}\n{"prompt":"b"}',
  'no JSON at all',
])('%s is none', async (text) => {
  expect(await recogniseChoice(await saved(text))).toBeNull();
});

it.each([
  ['[[0,1],[2,0]]', 'only 0 and 1'],
  ['[[1,1,0],[1,0,0]]', 'every layer has to keep the same number'],
  [JSON.stringify({ ...recipe, kept: [[0, 7]] }), 'file.json'],
])('%s is meant as one, and why it cannot be used is said', async (text, why) => {
  await expect(recogniseChoice(await saved(text))).rejects.toThrow(failure('MASK_INVALID', why));
});
