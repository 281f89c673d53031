import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ScoresFile } from '../../../electron/contract/scores-file.ts';
import { randomMatrix } from '../../../electron/engine/experts/selection/criteria.ts';
import { FAST_CRITERIA } from '../../../electron/contract/criteria.ts';
import { matrixFromScores, readScoresFile } from '../../../electron/engine/experts/selection/scores-file.ts';
import { failure, matrixOf } from './matrices.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winnow-scores-'));
  path = join(folder, 'scores.json');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function criteria(factor: number): ScoresFile['criteria'] {
  const times = (rows: number[][]): number[][] => rows.map((row) => row.map((value) => value * factor));
  return {
    'easy-ep': times([
      [1, 2, 3],
      [4, 5, 6],
    ]),
    reap: times([
      [7, 8, 9],
      [1, 1, 1],
    ]),
    ean: times([
      [0, 0, 1],
      [2, 0, 0],
    ]),
    gate: times([
      [3, 2, 1],
      [1, 2, 3],
    ]),
    frequency: times([
      [10, 20, 30],
      [40, 50, 60],
    ]),
  };
}

function scores(): ScoresFile {
  return {
    model: { path: 'model.gguf', arch: 'qwen3moe', moe_layers: [1, 2], n_expert: 3, n_expert_used: 2 },
    tokens: 70,
    demos: [
      { id: 'first', tokens: 30 },
      { id: 'second', tokens: 40 },
    ],
    criteria: criteria(1),
  };
}

async function readEdited(edit: (file: ScoresFile) => void): Promise<ScoresFile> {
  const file = scores();
  edit(file);
  await writeFile(path, JSON.stringify(file));
  return readScoresFile(path);
}

describe('readScoresFile', () => {
  it('reads a whole file', async () => {
    expect(await readEdited(() => {})).toEqual(scores());
  });

  const row = (file: ScoresFile): number[] => file.criteria.gate![1]!;
  it.each<[string, (file: ScoresFile) => void, string[]]>([
    ['a missing row', (file) => file.criteria.ean!.pop(), ['at criteria.ean,', '1 rows for 2']],
    ['a missing column', (file) => row(file).pop(), ['at criteria.gate[1],', '2 scores for 3']],
    ['a negative score', (file) => (row(file)[2] = -1), ['at criteria.gate[1][2],', '-1']],
    ['a NaN', (file) => (row(file)[2] = NaN), ['at criteria.gate[1][2],', 'number']],
    ['no criterion', (file) => (file.criteria = {}), ['at criteria,', 'no scores']],
    [
      'a name without an end',
      (file) => (file.criteria['n'.repeat(50_000)] = []),
      [`at criteria.${'n'.repeat(120)},`, 'Invalid key'],
    ],
    ['a missing model', (file) => Reflect.deleteProperty(file, 'model'), ['at model,']],
    ['layers out of order', (file) => file.model.moe_layers.reverse(), ['at model.moe_layers[1],', 'ascend']],
    ['a layer twice', (file) => (file.model.moe_layers[1] = 1), ['at model.moe_layers[1],', 'ascend']],
    ['no layers', (file) => (file.model.moe_layers.length = 0), ['at model.moe_layers,']],
    ['more used than there are', (file) => (file.model.n_expert_used = 4), ['at model.n_expert_used,', '4', '3']],
  ])('refuses %s and says where it is', async (_, edit, texts) => {
    await expect(readEdited(edit)).rejects.toThrow(failure('SCORES_INVALID', path, ...texts));
  });

  it('refuses an infinite score', async () => {
    await writeFile(path, JSON.stringify(scores()).replace('[7,8,9]', '[7,1e999,9]'));
    await expect(readScoresFile(path)).rejects.toThrow(failure('SCORES_INVALID', 'criteria.reap[0][1],'));
  });

  it('says what is wrong with the file as a whole', async () => {
    await writeFile(path, '[');
    await expect(readScoresFile(path)).rejects.toThrow(failure('SCORES_INVALID', path, 'not valid JSON'));
    await writeFile(path, '[]');
    await expect(readScoresFile(path)).rejects.toThrow(failure('SCORES_INVALID', path, 'the top level'));
    await expect(readScoresFile(join(folder, 'none'))).rejects.toThrow(failure('FILE_NOT_FOUND', 'none'));
    await expect(readScoresFile(folder)).rejects.toThrow(failure('FILE_UNREADABLE', folder));
  });
});

describe('matrices', () => {
  it('are the criterion’s rows, layer by layer', () => {
    expect(matrixFromScores(scores(), 'easy-ep')).toEqual(matrixOf([1, 2, 3], [4, 5, 6]));
    expect(matrixFromScores(scores(), 'reap')).toEqual(matrixOf([7, 8, 9], [1, 1, 1]));
  });

  it('are the norms over the counts for man, which no file holds', () => {
    const file = scores();
    file.criteria.frequency![0] = [10, 0, 4];
    expect(matrixFromScores(file, 'man')).toEqual(matrixOf([0, 0, 0.25], [0.05, 0, 0]));
  });

  it('of another program have any name; others are refused by what there is', () => {
    const rows = [
      [3, 1, 2],
      [1, 2, 3],
    ];
    const file = { ...scores(), criteria: { 'their-own': rows, frequency: rows } };
    expect(matrixFromScores(file, 'their-own')).toEqual(matrixOf(...rows));
    for (const criterion of ['reap', 'man', 'toString']) {
      expect(() => matrixFromScores(file, criterion)).toThrow(failure('SCORES_INVALID', 'their-own, frequency'));
    }
  });

  it.each(FAST_CRITERIA)('of %s follow from what every file holds', (criterion) => {
    expect(matrixFromScores(scores(), criterion)).toMatchObject({ nLayers: 2, nExpert: 3 });
  });

  it('are drawn from the seed for random', () => {
    expect(matrixFromScores(scores(), 'random', 5)).toEqual(randomMatrix({ nLayers: 2, nExpert: 3, seed: 5 }));
  });
});
