// Rankings, from scores and runs to another quantisation of the model, and to Choose.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { RankingFile } from '../../electron/contract/ranking-file.ts';
import { openTestEngine } from '../unit/session/test-engine.ts';
import { commandLineHere, ROOT, runReference, SAMPLE, scratchDir } from './support.ts';

const dir = scratchDir();
const home = scratchDir();
const cli = commandLineHere(home);
const file = (name: string): string => join(dir, name);
type Selected = { readonly kept: readonly (readonly number[])[]; readonly criterion: string | null };

beforeAll(async () => {
  const demos = join(ROOT, 'resources/sample/demos/math.jsonl');
  await cli.json('score', SAMPLE, '--demos', demos, '--limit', '2', '--gpu', 'off', '--out', file('scores.json'));
  await runReference('stock-quantize', '--allow-requantize', SAMPLE, file('q4.gguf'), 'Q4_K_M');
});

const select = async (...args: string[]) => {
  const { document, stderr } = await cli.json<Selected>('select', ...args, '--keep', '12', '--super-experts', 'rank');
  return { ...document, stderr };
};
const byScores = () => select('--scores', file('scores.json'), '--criterion', 'reap');
const byRanking = async (path: string, model: string) => {
  const { document, stderr, code } = await cli.json<Selected>(
    'select',
    '--ranking',
    path,
    '--model',
    model,
    '--keep',
    '12',
  );
  return { ...document, stderr, code };
};

test('one of a run keeps what its scores keep, in other quantisations too', async () => {
  const by = ['--criterion', 'reap'];
  const { document } = await cli.json<RankingFile>('runs', '1', '--as', 'ranking', ...by, '-o', file('r.json'));
  expect(JSON.parse(readFileSync(file('r.json'), 'utf8'))).toEqual(document);
  expect((await cli.json<RankingFile>('runs', '1', '--as', 'ranking', ...by)).document).toEqual(document);
  expect(document).toMatchObject({ criterion: 'reap', demos: { domain: 'math', count: 2 } });

  const { kept } = await byScores();
  const own = await byRanking(file('r.json'), SAMPLE);
  expect({ kept: own.kept, criterion: own.criterion, stderr: own.stderr }).toEqual({
    kept,
    criterion: 'reap',
    stderr: '',
  });
  const other = await byRanking(file('r.json'), file('q4.gguf'));
  expect(other.kept).toEqual(kept);
  // as a mask of it would say
  expect(other.stderr).toMatch(/warning: .*winnow-sample-Q8_0.*q4\.gguf/);
});

test('a table keeps the same, and it is said that it names no model', async () => {
  expect((await cli.call('runs', '1', '--as', 'csv', '--criterion', 'reap', '-o', file('r.csv'))).code).toBe(0);
  const { kept, stderr } = await byRanking(file('r.csv'), SAMPLE);
  expect(kept).toEqual((await byScores()).kept);
  expect(stderr).toContain('does not say which model');
});

test('a table with equal scores in a layer is refused: it would keep the first experts', async () => {
  const lines = readFileSync(file('r.csv'), 'utf8').split('\n');
  writeFileSync(file('flat.csv'), lines.map((line) => line.replace(/^2,(\d+),.*/, '2,$1,0.5')).join('\n'));
  const refused = await byRanking(file('flat.csv'), SAMPLE);
  expect(refused).toMatchObject({ code: 1, error: { code: 'RANKING_INVALID' } });
});

test('one of another model is refused', async () => {
  const ranking = JSON.parse(readFileSync(file('r.json'), 'utf8')) as RankingFile;
  writeFileSync(
    file('other.json'),
    JSON.stringify({ ...ranking, model: { ...ranking.model, kindred: 'ab'.repeat(32) } }),
  );
  const refused = await byRanking(file('other.json'), SAMPLE);
  expect(refused).toMatchObject({ code: 1, error: { code: 'MODEL_CHANGED' } });
});

test.each([
  ['no run', ['runs', '--as', 'ranking', '-o', file('x.json')]],
  ['no form', ['runs', '1', '-o', file('x.json')]],
  ['no file for a table', ['runs', '1', '--as', 'csv']],
  ['a ranking without its model', ['select', '--ranking', file('r.json'), '--keep', '12']],
  ['a ranking and scores', ['select', '--ranking', file('r.json'), '--scores', file('scores.json'), '--keep', '12']],
  [
    'a criterion beside a ranking',
    ['select', '--ranking', file('r.json'), '--model', SAMPLE, '--keep', '12', '--criterion', 'reap'],
  ],
])('%s is bad usage', async (_, args) => {
  const { code, document } = await cli.json(...args);
  expect({ code, document }).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } });
});

test('in the window a run’s ranking is saved, and a choice is made by it', async () => {
  const page = openTestEngine(home);
  const { client, services } = page;
  const target = file('window.json');
  const by = { criterion: 'reap', tokens: null, form: 'winnow', target: page.grant(target, 'write') } as const;
  await client.call('runs.exportRanking', { runId: 1, ...by });
  const modelId = await services.library.add(SAMPLE);
  const { selectionId, kept } = await client.call('selections.byRanking', {
    request: {
      ranking: page.grant(target),
      model: { kind: 'library', modelId },
      keep: { kind: 'count', count: 12 },
      grouping: 'ungrouped',
      pins: [],
      drops: [],
    },
    target: null,
  });
  expect(kept).toEqual((await byScores()).kept);
  const selection = await client.call('selections.get', { selectionId });
  expect(selection).toMatchObject({ name: 'window', criterion: 'reap', domains: ['math'], keep: 12, modelId });
});
