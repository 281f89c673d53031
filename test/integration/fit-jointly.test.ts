// `winnow fit` with few experts: they are chosen jointly, too, and a file of experts that were chosen so says it and is made again from that.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { FitPlan, FitResult } from '../../electron/contract/fit.ts';
import type { RecipeFile } from '../../electron/contract/recipe-file.ts';
import { seeGguf } from './gguf-tools.ts';
import { commandLineHere, ROOT, SAMPLE, scratchDir } from './support.ts';

const home = scratchDir();
const { json } = commandLineHere(home);
const output = join(home, 'best.gguf');
const sample = (kind: string, file: string): string => readFileSync(join(ROOT, 'resources/sample', kind, file), 'utf8');

let fit: string[];

beforeAll(() => {
  const [text, demos] = [join(home, 'code.txt'), join(home, 'code.jsonl')];
  writeFileSync(text, sample('eval', 'python.txt').slice(0, 16_000));
  writeFileSync(demos, sample('demos', 'python.jsonl').split('\n').slice(0, 8).join('\n'));
  fit = ['fit', SAMPLE, '--demos', demos, '--text', `code=${text}`, '--budget', '19MB', '--ctx', '512'];
  fit.push('--no-repair', '--gpu', 'off');
});

test('a quarter of the experts is chosen by each fast criterion and jointly, and the plan counts that', async () => {
  const [joint, other] = [
    await json<FitPlan>(...fit, '--estimate'),
    await json<FitPlan>(...fit, '--estimate', '--criterion', 'gate'),
  ];
  expect(joint.document.seconds.likely).toBeGreaterThan(other.document.seconds.likely);
  const { code, document } = await json<FitResult>(...fit);
  expect(code, JSON.stringify(document)).toBe(0);
  const { keep, ways } = document.way!.measured!;
  expect(keep).toBe(8);
  expect(ways.map(({ criterion }) => criterion)).toEqual([
    ...['easy-ep', 'reap', 'ean', 'man', 'gate', 'frequency', 'joint-rerouted'],
  ]);
  // chosen as well as by the best of the others, about
  const [usual, ...others] = ways.map(({ kl }) => kl);
  expect(others.at(-1)).toBeLessThan(1.2 * usual!);
  expect(others.at(-1)).not.toBe(usual);
}, 300_000);

test('chosen jointly, the file says so, and prune makes the same file from its recipe', async () => {
  const asked = [...fit, '--criterion', 'joint-rerouted', '-o', output];
  const { code, document } = await json<FitResult>(...asked);
  expect(code, JSON.stringify(document)).toBe(0);
  expect(document.way).toEqual({ criterion: 'joint-rerouted', grouping: 'ungrouped', measured: null });
  const { keys } = await seeGguf(output);
  expect(keys.get('winnow.criterion')?.value).toBe('joint-rerouted');
  const best = document.files[document.best]!;
  const bytes = readFileSync(output);
  expect(bytes.length).toBe(best.bytes);

  const [recipe, again, card] = [join(home, 'best.json'), join(home, 'again.gguf'), join(home, 'best.md')];
  const of = await json<RecipeFile>('recipe', '--file', output, '-o', recipe);
  expect(of.code, JSON.stringify(of.document)).toBe(0);
  expect(JSON.parse(readFileSync(recipe, 'utf8'))).toMatchObject({ criterion: 'joint-rerouted' });
  expect((await json('prune', SAMPLE, '--recipe', recipe, '-o', again)).code).toBe(0);
  expect(readFileSync(again).equals(bytes)).toBe(true);

  expect((await json('card', '--file', output, '-o', card)).code).toBe(0);
  const text = readFileSync(card, 'utf8');
  expect(text).toContain('joint-rerouted');
  // only a search chooses so: the card sends nobody to `winnow select`
  expect(text).not.toContain('winnow select');
  expect(text).toMatch(/^winnow prune .* --mask mask\.json/m);

  // the same request goes on with what was measured, and stores no second choice
  expect((await json(...asked, '--force')).code).toBe(0);
  const { document: listed } = await json<{ id: number }[]>('selections');
  expect(listed.map(({ id }) => id)).toHaveLength(1);
}, 300_000);
