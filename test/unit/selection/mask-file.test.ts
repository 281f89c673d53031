import fc from 'fast-check';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  keptFromMask,
  maskDocument,
  maskFromKept,
  maskModel,
  readMaskFile,
  readModelMask,
  writeMaskFile,
} from '../../../electron/engine/experts/selection/mask-file.ts';
import { recogniseChoice } from '../../../electron/engine/experts/selection/recognise-choice.ts';
import { selectionSettingsSchema } from '../../../electron/engine/experts/selection/selection-settings.ts';
import { selectExperts } from '../../../electron/engine/experts/selection/select.ts';
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

const KEPT = [
  [0, 2],
  [1, 2],
];

const GROUPED = {
  path: '/models/tiny.gguf',
  arch: 'deepseek2',
  fingerprint: 'c'.repeat(64),
  moeLayers: [1, 2],
  nExpert: 3,
  fileType: 'Q8_0',
  kindred: 'k'.repeat(64),
  nExpertGroups: 3,
};

function documentFor(kept: readonly (readonly number[])[], grouping: 'ungrouped' | 'balanced' = 'balanced') {
  const settings = selectionSettingsSchema.parse({ grouping, activeExperts: 2 });
  return maskDocument(maskModel(GROUPED, kept), kept, { criterion: 'easy-ep', settings });
}

describe('mask files', () => {
  it('hold one layer per line, and read back', async () => {
    const path = join(folder, 'mask.json');
    const document = documentFor(KEPT);
    await writeMaskFile(path, document);
    const text = await readFile(path, 'utf8');
    expect(text.split('\n').map((line) => line.trim())).toEqual(expect.arrayContaining(['[1,0,1],', '[0,1,1]']));
    expect(JSON.parse(text)).toEqual(document);
    const read = { kept: KEPT, nExpert: 3, document };
    expect(await readMaskFile(path, { nLayers: 2, nExpert: 3 })).toEqual(read);
    expect(await readMaskFile(path)).toEqual(read);
  });

  it('replace an older file and leave nothing else behind', async () => {
    const path = join(folder, 'mask.json');
    await writeMaskFile(path, documentFor([[0], [1]]));
    await writeMaskFile(path, documentFor([[1], [2]]));
    expect((await readMaskFile(path)).kept).toEqual([[1], [2]]);
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
    await expect(writeMaskFile(target, documentFor(KEPT))).rejects.toThrow(failure('TARGET_UNWRITABLE', target));
    expect(await readdir(folder)).toEqual(['taken']);
    const missing = join(folder, 'no', 'mask.json');
    await expect(writeMaskFile(missing, documentFor(KEPT))).rejects.toThrow(failure('TARGET_UNWRITABLE', missing));
    expect(() => documentFor([[3], [0]])).toThrow(failure('MASK_INVALID'));
    expect(await readdir(folder)).toEqual(['taken']);
  });
});

describe('a mask for a model', () => {
  const saved = async (value: unknown): Promise<string> => {
    const path = join(folder, 'mask.json');
    await writeFile(path, JSON.stringify(value));
    return path;
  };

  it('says how its experts route, and by what they were chosen', async () => {
    const path = await saved(documentFor(KEPT));
    for (const asked of [{}, { grouping: 'balanced' as const }])
      expect(await readModelMask(path, GROUPED, asked)).toMatchObject({
        kept: KEPT,
        grouping: 'balanced',
        activeExperts: 2,
        warnings: [],
        document: { criterion: 'easy-ep' },
      });
    expect(await readModelMask(path, GROUPED, { activeExperts: 1 })).toMatchObject({ activeExperts: 1 });
    expect(await recogniseChoice(path)).toMatchObject({
      kind: 'mask',
      fingerprint: GROUPED.fingerprint,
      model: 'tiny.gguf',
      keep: 2,
      nLayers: 2,
      nExpert: 3,
    });
  });

  it('is refused with another grouping than its own, either way round', async () => {
    for (const [own, asked] of [
      ['balanced', 'ungrouped'],
      ['ungrouped', 'balanced'],
    ] as const) {
      const path = await saved(documentFor(KEPT, own));
      await expect(readModelMask(path, GROUPED, { grouping: asked })).rejects.toThrow(
        failure('USAGE', path, own, asked),
      );
    }
  });

  it('is refused by name for another model, whatever their shapes', async () => {
    const path = await saved(documentFor(KEPT));
    const other = {
      ...GROUPED,
      path: '/models/other.gguf',
      fingerprint: 'd'.repeat(64),
      kindred: 'e'.repeat(64),
    };
    await expect(readModelMask(path, other, {})).rejects.toThrow(
      failure('MODEL_CHANGED', path, 'tiny.gguf', '/models/other.gguf', 'cccccccccccc', 'dddddddddddd'),
    );
  });

  it('is used for the same model in another type, with a word', async () => {
    const path = await saved(documentFor(KEPT));
    const F16 = { ...GROUPED, path: '/models/tiny-F16.gguf', fingerprint: 'd'.repeat(64), fileType: 'F16' };
    expect(await readModelMask(path, F16, {})).toMatchObject({
      kept: KEPT,
      warnings: [{ code: 'madeForKindred', params: { file: 'tiny.gguf', path: F16.path } }],
    });
  });

  it('without a document is asked how its experts route, where a model has groups, and says what is not known', async () => {
    const path = await saved(maskFromKept(KEPT, 3));
    await expect(readModelMask(path, GROUPED, {})).rejects.toThrow(failure('USAGE', path, '3 groups', '--grouping'));
    expect(await readModelMask(path, GROUPED, { grouping: 'balanced' })).toMatchObject({
      kept: KEPT,
      grouping: 'balanced',
      activeExperts: null,
      document: null,
      warnings: [{ code: 'maskUnnamed', params: { path } }],
    });
    expect(await readModelMask(path, { ...GROUPED, nExpertGroups: 1 }, {})).toMatchObject({ grouping: 'ungrouped' });
  });

  it.each([
    ['another version', { version: 2 }, 'version'],
    ['no grouping', { settings: { activeExperts: null } }, 'settings.grouping'],
    ['no word on active experts', { settings: { grouping: 'balanced' } }, 'settings.activeExperts'],
    ['no model', { model: undefined }, 'model'],
    ['another criterion', { criterion: 'best' }, 'criterion'],
    ['fewer rows than layers', { mask: [[1, 0, 1]] }, '1 rows'],
    [
      'another number',
      {
        mask: [
          [1, 0, 1],
          [0, 2, 1],
        ],
      },
      'column 1',
    ],
  ])('with %s is refused by name and place', async (_, change, place) => {
    const path = await saved({ ...documentFor(KEPT), ...change });
    await expect(readModelMask(path, GROUPED, {})).rejects.toThrow(failure('MASK_INVALID', path, place));
  });
});
