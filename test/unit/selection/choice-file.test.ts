// Files of choices: what is read from them, for which models, and what shows that they were edited.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChoiceFile } from '../../../electron/contract/choice-file.ts';
import {
  choiceDocument,
  choiceModel,
  readChoiceFile,
  readModelChoice,
  recogniseChoice,
  writeChoiceFile,
  expertList,
} from '../../../electron/engine/experts/selection/choice-file.ts';
import { selectionSettingsSchema } from '../../../electron/engine/experts/selection/selection.ts';
import { MODEL } from '../store/tiny-run.ts';
import { failure } from './matrices.ts';

/** Two MoE layers, blocks 1 and 3 of four, six experts. */
const INFO = {
  ...MODEL,
  path: '/models/tiny.gguf',
  fingerprint: 'c'.repeat(64),
  kindred: 'd'.repeat(64),
  fileType: 'Q8_0',
  blockCount: 4,
  moeLayers: [1, 3],
  nextnLayers: [],
  predictionLayers: [],
  nExpert: 6,
};
const KEPT = [
  [0, 2, 5],
  [1, 2, 3],
];
const DEMOS = { domain: 'math', demos: ['m:1', 'm:2'], tokens: 9, hashes: ['a', 'b'] };

function choice(kept = KEPT): ChoiceFile {
  const settings = selectionSettingsSchema.parse({ grouping: 'balanced', activeExperts: 2, demos: [DEMOS] });
  return choiceDocument(choiceModel(INFO, kept), { kept, criterion: 'easy-ep', settings });
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winnow-choice-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function saved(value: unknown): Promise<string> {
  const path = join(folder, 'choice.json');
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

describe('a choice in a file', () => {
  it('holds a layer on a line, says the same when it is read again, and replaces an older one', async () => {
    const path = join(folder, 'choice.json');
    await writeChoiceFile(
      path,
      choice([
        [1, 2],
        [0, 4],
      ]),
    );
    await writeChoiceFile(path, choice());
    expect(await readChoiceFile(path)).toEqual(choice());
    expect(await recogniseChoice(path)).toEqual(choice());
    expect(await readdir(folder)).toEqual(['choice.json']);
    await writeChoiceFile(path, { ...choice(), width: 0.5 });
    expect(await readChoiceFile(path)).toEqual({ ...choice(), width: 0.5 });
  });

  it.each<[string, object, string]>([
    ['another version', { version: 2 }, 'version'],
    ['no grouping', { settings: { activeExperts: null } }, 'settings.grouping'],
    ['no word on active experts', { settings: { grouping: 'balanced' } }, 'settings.activeExperts'],
    ['a setting of no meaning', { settings: { ...choice().settings, superExperts: 'some' } }, 'settings.superExperts'],
    ['a demo too many', { settings: { ...choice().settings, demos: [{ ...DEMOS, demos: ['m:1'] }] } }, 'demos.0'],
    ['no model', { model: undefined }, 'model'],
    ['a fingerprint that is none', { model: { ...choice().model, fingerprint: 'x' } }, 'model.fingerprint'],
    ['blocks in no order', { model: { ...choice().model, moe_layers: [3, 1] } }, 'model.moe_layers'],
    ['another criterion', { criterion: 'best' }, 'criterion'],
    ['a layer too few', { kept: [KEPT[0]] }, 'kept'],
    ['an expert that the model does not have', { kept: [[0, 2, 6], KEPT[1]] }, 'kept'],
    ['an expert twice', { kept: [[0, 2, 2], KEPT[1]] }, 'kept'],
    ['experts in no order', { kept: [[2, 0, 5], KEPT[1]] }, 'kept'],
    ['layers that keep different numbers', { kept: [[0, 2], KEPT[1]] }, 'kept'],
    ['nothing kept', { kept: [[], []] }, 'kept'],
  ])('with %s is refused by its name and place', async (_, change, place) => {
    const path = await saved({ ...choice(), ...change });
    await expect(readChoiceFile(path)).rejects.toThrow(failure('CHOICE_INVALID', path, place));
    await expect(recogniseChoice(path)).rejects.toThrow(failure('CHOICE_INVALID', path, place));
  });

  it('names itself where it is no JSON, or not there', async () => {
    const path = await saved('{"format"');
    await expect(readChoiceFile(path)).rejects.toThrow(failure('CHOICE_INVALID', path, 'not valid JSON'));
    await expect(readChoiceFile(join(folder, 'none'))).rejects.toThrow(failure('FILE_NOT_FOUND', 'none'));
    await expect(readChoiceFile(folder)).rejects.toThrow(failure('FILE_UNREADABLE', folder, 'folder'));
  });

  it.each(['[{"prompt":"1 + 1?","answer":"2"}]', '[[0,1],[1,0]]', '[]', '{"format":"another"}', 'no JSON at all'])(
    '%s is none',
    async (text) => {
      expect(await recogniseChoice(await saved(text))).toBeNull();
    },
  );
});

describe('a choice for a model', () => {
  it('says how its experts route; the number of active ones may be another', async () => {
    const path = await saved(choice());
    const own = { kept: KEPT, grouping: 'balanced', activeExperts: 2, warnings: [], document: choice() };
    expect(await readModelChoice(path, INFO)).toEqual(own);
    expect(await readModelChoice(path, INFO, 1)).toEqual({ ...own, activeExperts: 1 });
  });

  it('is refused by name for another model, whatever their shapes', async () => {
    const path = await saved(choice());
    const other = { ...INFO, path: '/models/other.gguf', fingerprint: 'e'.repeat(64), kindred: 'f'.repeat(64) };
    await expect(readModelChoice(path, other)).rejects.toThrow(
      failure('MODEL_CHANGED', path, 'tiny.gguf', '/models/other.gguf', 'cccccccccccc', 'eeeeeeeeeeee'),
    );
  });

  it('is used for the same model in another type, with a word', async () => {
    const path = await saved(choice());
    const F16 = { ...INFO, path: '/models/tiny-F16.gguf', fingerprint: 'e'.repeat(64), fileType: 'F16' };
    expect(await readModelChoice(path, F16)).toMatchObject({
      kept: KEPT,
      warnings: [{ code: 'madeForKindred', params: { file: 'tiny.gguf', path: F16.path } }],
    });
  });

  it.each<[string, Partial<ChoiceFile['model']>]>([
    ['model.n_expert', { n_expert: 8 }],
    ['model.moe_layers', { moe_layers: [1, 2] }],
  ])('is refused where it states another %s than its model has', async (place, change) => {
    const path = await saved({ ...choice(), model: { ...choice().model, ...change } });
    await expect(readModelChoice(path, INFO)).rejects.toThrow(failure('CHOICE_INVALID', path, place));
  });
});

describe('the lists of other programs', () => {
  const SCORED = { ...INFO, blockCount: 5, nextnLayers: [4], predictionLayers: [4] };

  it.each([
    ['as they are', INFO, KEPT],
    ['without prediction blocks', SCORED, [...KEPT, [0, 1, 2]]],
  ] as const)('name layers by block, %s', (_, info, kept) => {
    expect(JSON.parse(expertList(info, kept, 'vllm'))).toEqual({
      version: 1,
      model: 'tiny',
      pruned_experts: [
        [1, 1],
        [1, 3],
        [1, 4],
        [3, 0],
        [3, 4],
        [3, 5],
      ],
    });
    expect(expertList(info, kept, 'vllm-ascend')).toBe('{"1":[0,2,5,1,3,4]}\n{"3":[1,2,3,0,4,5]}\n');
    expect(JSON.parse(expertList(info, kept, 'ktransformers'))).toEqual({
      logical_count: [
        [
          [0, 0, 0, 0, 0, 0],
          [1, 0, 1, 0, 0, 1],
          [0, 0, 0, 0, 0, 0],
          [0, 1, 1, 1, 0, 0],
        ],
      ],
    });
  });
});
