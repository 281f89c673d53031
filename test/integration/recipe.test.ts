// A recipe takes a choice of experts to another machine: the same model file gives the same pruned file there, byte for
// byte.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { recipeFileSchema, type RecipeFile } from '../../electron/contract/recipe-file.ts';
import { fileHash } from '../hash.ts';
import { commandLineHere, ROOT, SAMPLE, scratchDir } from './support.ts';

const dir = scratchDir();
const file = (name: string): string => join(dir, name);
const here = commandLineHere(file('here'));
const there = commandLineHere(file('there'));
type Chosen = { readonly kept: number[][]; readonly keep: number };

async function must<T>(on: typeof here, ...args: string[]): Promise<T> {
  const { code, document, stderr } = await on.json<T>(...args);
  expect(code, JSON.stringify(document) + stderr).toBe(0);
  return document;
}

beforeAll(async () => {
  const demos = join(ROOT, 'resources/sample/demos/math.jsonl');
  const scoring = ['--limit', '6', '--max-tokens', '128', '--gpu', 'off', '--out', file('scores.json')];
  await must(here, 'score', SAMPLE, '--demos', demos, ...scoring);
  await must(here, 'select', '--scores', file('scores.json'), '--keep', '16', '--mask-out', file('mask.json'));
  await must(here, 'prune', SAMPLE, '--mask', file('mask.json'), '-o', file('here.gguf'));
  await must(here, 'report', '--as', 'recipe', '--file', file('here.gguf'), '-o', file('recipe.json'));
}, 240_000);

test('the recipe names the model, what is kept and the ranking, and no folder of this machine', async () => {
  const text = readFileSync(file('recipe.json'), 'utf8');
  const recipe = recipeFileSchema.parse(JSON.parse(text));
  expect(recipe).toMatchObject({ criterion: 'easy-ep', model: { file: 'winnow-sample-Q8_0.gguf', n_layers: 6 } });
  expect(recipe.ranking?.every((experts) => experts.length === 32)).toBe(true);
  expect(text).not.toContain(dir);
  expect(text).not.toContain(ROOT);
  expect(await must<RecipeFile>(here, 'report', '--as', 'recipe', '--file', file('here.gguf'))).toEqual(recipe);
});

test('another machine writes the same bytes from it', async () => {
  await must(there, 'prune', SAMPLE, '--recipe', file('recipe.json'), '-o', file('there.gguf'));
  expect(fileHash(file('there.gguf'))).toBe(fileHash(file('here.gguf')));
});

test('another count by its ranking is the choice that the scores give', async () => {
  const byScores = await must<Chosen>(here, 'select', '--scores', file('scores.json'), '--keep', '9');
  const recipe = ['--recipe', file('recipe.json'), '--model', SAMPLE];
  const byRecipe = await must<Chosen>(there, 'select', ...recipe, '--keep', '9', '--mask-out', file('nine.json'));
  expect(byRecipe.kept).toEqual(byScores.kept);
  const own = await must<Chosen>(there, 'select', ...recipe);
  expect(own.kept).toEqual(recipeFileSchema.parse(JSON.parse(readFileSync(file('recipe.json'), 'utf8'))).kept);
});

test('another file is refused: its experts have other numbers', async () => {
  const refused = await there.json('prune', file('here.gguf'), '--recipe', file('recipe.json'), '-o', file('no.gguf'));
  expect(refused.code).toBe(1);
  expect(refused.document).toMatchObject({ error: { code: 'MODEL_CHANGED' } });
  const args = ['select', '--recipe', file('recipe.json'), '--model', file('here.gguf')];
  expect((await there.json(...args)).document).toMatchObject({ error: { code: 'MODEL_CHANGED' } });
});

test.each([
  ['neither a mask nor a recipe', ['prune', SAMPLE, '-o', file('x.gguf')]],
  ['both', ['prune', SAMPLE, '--mask', file('mask.json'), '--recipe', file('recipe.json'), '-o', file('x.gguf')]],
  [
    'a criterion beside a recipe',
    ['select', '--recipe', file('recipe.json'), '--model', SAMPLE, '--criterion', 'reap'],
  ],
  ['a recipe without its model', ['select', '--recipe', file('recipe.json')]],
  ['a list for another program without a file', ['report', '--as', 'vllm']],
])('%s is bad usage', async (_, args) => {
  const { code, document } = await here.json(...args);
  expect(code).toBe(2);
  expect(document).toMatchObject({ error: { code: 'USAGE' } });
});

test('lists for other programs are written too', async () => {
  const lists = [
    ['vllm', 'vllm.json'],
    ['vllm-ascend', 'ascend.jsonl'],
    ['ktransformers', 'kt.json'],
  ] as const;
  const choice = ['--file', file('here.gguf')];
  for (const [form, name] of lists) await must(here, 'report', ...choice, '--as', form, '-o', file(name));
  const profile = JSON.parse(readFileSync(file('vllm.json'), 'utf8')) as { pruned_experts: number[][] };
  expect(profile.pruned_experts).toHaveLength(6 * 16);
  expect(readFileSync(file('ascend.jsonl'), 'utf8').trim().split('\n')).toHaveLength(6);
});
