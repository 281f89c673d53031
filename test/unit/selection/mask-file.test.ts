import fc from 'fast-check';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  keptFromMask,
  maskFromKept,
  readMaskFile,
  writeMaskFile,
} from '../../../electron/engine/selection/mask-file.ts';
import { selectExperts } from '../../../electron/engine/selection/select.ts';
import { arbitraryMatrix, failure } from './matrices.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winnow-mask-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('maskFromKept and keptFromMask', () => {
  it('are each other’s inverse', () => {
    expect(
      maskFromKept(
        [
          [0, 2],
          [1, 2],
        ],
        3,
      ),
    ).toEqual([
      [1, 0, 1],
      [0, 1, 1],
    ]);
    expect(
      keptFromMask(
        [
          [1, 0, 1],
          [0, 1, 1],
        ],
        { nLayers: 2, nExpert: 3 },
      ),
    ).toEqual([
      [0, 2],
      [1, 2],
    ]);
    fc.assert(
      fc.property(arbitraryMatrix(3, 9), fc.integer({ min: 1, max: 9 }), (matrix, keep) => {
        const { kept } = selectExperts(matrix, { keep, nExpertUsed: 1 });
        expect(keptFromMask(maskFromKept(kept, 9), { nLayers: 3, nExpert: 9 })).toEqual(kept);
      }),
    );
  });

  it('takes false and true', () => {
    expect(keptFromMask([[false, true, true]])).toEqual([[1, 2]]);
  });

  it.each([3, -1, 0.5])('refuse to keep expert %s of 3', (expert) => {
    expect(() => maskFromKept([[0], [expert]], 3)).toThrow(failure('MASK_INVALID', 'layer 1', `expert ${expert}`));
  });

  const shape = { nLayers: 2, nExpert: 3 };
  it.each([
    ['no list', { mask: [] }, ['not a list']],
    ['an empty list', [], ['empty']],
    ['a missing row', [[1, 0, 0]], ['1 rows', '2 MoE layers']],
    ['a row that is none', [[1, 0, 0], 1], ['Row 1', 'not a list']],
    [
      'a short row',
      [
        [1, 0, 0],
        [1, 0],
      ],
      ['Row 1', '2 columns', 'model has 3'],
    ],
    [
      'a number that is not 0 or 1',
      [
        [1, 0, 0],
        [0, 2, 0],
      ],
      ['Row 1, column 1', 'is 2'],
    ],
    [
      'a fraction',
      [
        [0.5, 0, 1],
        [0, 1, 0],
      ],
      ['Row 0, column 0', '0.5'],
    ],
    [
      'a text',
      [
        [1, 0, 0],
        [0, '1', 0],
      ],
      ['Row 1, column 1', '"1"'],
    ],
    [
      'a null',
      [
        [1, 0, null],
        [0, 1, 0],
      ],
      ['Row 0, column 2', 'null'],
    ],
    [
      'a layer that keeps nothing',
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      ['Row 0 keeps no expert'],
    ],
    [
      'unequal counts',
      [
        [1, 0, 0],
        [1, 1, 0],
      ],
      ['Row 1 keeps 2', 'row 0 keeps 1', 'one expert count'],
    ],
  ])('refuse %s', (_, mask, texts) => {
    expect(() => keptFromMask(mask, shape)).toThrow(failure('MASK_INVALID', ...texts));
  });

  it('compare rows with the first one where the model is not known', () => {
    expect(() => keptFromMask([[1, 0], [1]])).toThrow(failure('MASK_INVALID', 'Row 1', 'row 0 has 2'));
  });
});

describe('mask files', () => {
  it('hold one layer per line, and read back', async () => {
    const path = join(folder, 'mask.json');
    await writeMaskFile(
      path,
      [
        [0, 2],
        [1, 2],
      ],
      3,
    );
    expect(await readFile(path, 'utf8')).toBe('[\n[1,0,1],\n[0,1,1]\n]\n');
    expect(await readMaskFile(path, { nLayers: 2, nExpert: 3 })).toEqual({
      kept: [
        [0, 2],
        [1, 2],
      ],
      nExpert: 3,
    });
    expect(await readMaskFile(path)).toEqual({
      kept: [
        [0, 2],
        [1, 2],
      ],
      nExpert: 3,
    });
  });

  it('replace an older file and leave nothing else behind', async () => {
    const path = join(folder, 'mask.json');
    await writeMaskFile(path, [[0]], 2);
    await writeMaskFile(path, [[1]], 2);
    expect((await readMaskFile(path)).kept).toEqual([[1]]);
    expect(await readdir(folder)).toEqual(['mask.json']);
  });

  it('are read with 1.0 for 1, and with a byte order mark', async () => {
    const path = join(folder, 'mask.json');
    await writeFile(path, '\uFEFF[[1.0, 0.0, true]]');
    expect((await readMaskFile(path)).kept).toEqual([[0, 2]]);
  });

  it('name themselves when they are wrong', async () => {
    const path = join(folder, 'mask.json');
    await writeFile(path, '[[1, 7]]');
    await expect(readMaskFile(path)).rejects.toThrow(failure('MASK_INVALID', path, 'Row 0, column 1'));
    await writeFile(path, '[[1, 0]');
    await expect(readMaskFile(path)).rejects.toThrow(failure('MASK_INVALID', path, 'not valid JSON'));
    await expect(readMaskFile(join(folder, 'none.json'))).rejects.toThrow(failure('FILE_NOT_FOUND', 'none.json'));
    await expect(readMaskFile(folder)).rejects.toThrow(failure('FILE_UNREADABLE', folder, 'folder'));
  });

  it('leave nothing behind when they cannot be written', async () => {
    const target = join(folder, 'taken');
    await mkdir(target);
    await expect(writeMaskFile(target, [[0]], 2)).rejects.toThrow(failure('TARGET_UNWRITABLE', target));
    expect(await readdir(folder)).toEqual(['taken']);
    const missing = join(folder, 'no', 'mask.json');
    await expect(writeMaskFile(missing, [[0]], 2)).rejects.toThrow(failure('TARGET_UNWRITABLE', missing));
    await expect(writeMaskFile(join(folder, 'm.json'), [[2]], 2)).rejects.toThrow(failure('MASK_INVALID'));
    expect(await readdir(folder)).toEqual(['taken']);
  });
});
