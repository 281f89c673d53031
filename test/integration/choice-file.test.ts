// A choice taken to another machine: the same model file gives the same pruned file there, byte for byte.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { choiceFileSchema, type ChoiceFile } from '../../electron/contract/choice-file.ts';
import { fileHash } from '../hash.ts';
import { commandLineHere, ROOT, SAMPLE, scratchDir } from './support.ts';

const dir = scratchDir();
const file = (name: string): string => join(dir, name);
const here = commandLineHere(file('here'));
const there = commandLineHere(file('there'));

async function must<T>(on: typeof here, ...args: string[]): Promise<T> {
  const { code, document, stderr } = await on.json<T>(...args);
  expect(code, JSON.stringify(document) + stderr).toBe(0);
  return document;
}

beforeAll(async () => {
  const demos = join(ROOT, 'resources/sample/demos/math.jsonl');
  const scoring = ['--limit', '6', '--max-tokens', '128', '--gpu', 'off', '--out', file('scores.json')];
  await must(here, 'score', SAMPLE, '--demos', demos, ...scoring);
  await must(here, 'select', '--scores', file('scores.json'), '--keep', '16', '-o', file('choice.json'));
  await must(here, 'prune', SAMPLE, '--choice', file('choice.json'), '-o', file('here.gguf'));
  await must(here, 'report', '--as', 'choice', '--file', file('here.gguf'), '-o', file('reported.json'));
}, 240_000);

test('a report writes the choice that was made, without a folder of this machine', async () => {
  const text = readFileSync(file('reported.json'), 'utf8');
  const choice = choiceFileSchema.parse(JSON.parse(text));
  expect(choice).toMatchObject({ criterion: 'easy-ep', model: { file: 'winnow-sample-Q8_0.gguf' } });
  expect(JSON.parse(readFileSync(file('choice.json'), 'utf8'))).toEqual(choice);
  expect(text).not.toContain(dir);
  expect(text).not.toContain(ROOT);
  expect(await must<ChoiceFile>(here, 'report', '--as', 'choice', '--file', file('here.gguf'))).toEqual(choice);
});

test('another machine writes the same bytes from it', async () => {
  await must(there, 'prune', SAMPLE, '--choice', file('reported.json'), '-o', file('there.gguf'));
  expect(fileHash(file('there.gguf'))).toBe(fileHash(file('here.gguf')));
});

test('another file is refused: its experts have other numbers', async () => {
  const refused = await there.json(
    'prune',
    file('here.gguf'),
    '--choice',
    file('reported.json'),
    '-o',
    file('no.gguf'),
  );
  expect(refused.code).toBe(1);
  expect(refused.document).toMatchObject({ error: { code: 'MODEL_CHANGED' } });
});

test.each([
  ['no choice', ['prune', SAMPLE, '-o', file('x.gguf')]],
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
  const made = ['--file', file('here.gguf')];
  for (const [form, name] of lists) await must(here, 'report', ...made, '--as', form, '-o', file(name));
  const profile = JSON.parse(readFileSync(file('vllm.json'), 'utf8')) as { pruned_experts: number[][] };
  expect(profile.pruned_experts).toHaveLength(6 * 16);
  expect(readFileSync(file('ascend.jsonl'), 'utf8').trim().split('\n')).toHaveLength(6);
});
