import fc from 'fast-check';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recipeFileSchema, type RecipeFile } from '../../../electron/contract/recipe-file.ts';
import type { ChoiceOptions } from '../../../electron/engine/experts/selection/choose-experts.ts';
import { recipeText } from '../../../electron/engine/experts/selection/recipe-forms.ts';
import {
  keptByRecipe,
  readChoiceFile,
  readRecipeFile,
  requireRecipeModel,
} from '../../../electron/engine/experts/selection/recipe-file.ts';
import { selectExperts } from '../../../electron/engine/experts/selection/select.ts';
import { MODEL } from '../store/tiny-run.ts';
import { arbitraryMatrix, failure } from './matrices.ts';

/** Two MoE layers, blocks 1 and 3 of four, six experts. */
const RECIPE: RecipeFile = {
  format: 'winnow-recipe',
  version: 1,
  model: {
    name: 'Tiny',
    file: 'tiny-Q8_0.gguf',
    arch: 'qwen3moe',
    fingerprint: 'a'.repeat(64),
    n_layers: 4,
    moe_layers: [1, 3],
    n_expert: 6,
    n_expert_used: 2,
  },
  criterion: 'easy-ep',
  settings: { mix: 'shares', seed: 0 },
  kept: [
    [0, 2, 5],
    [1, 2, 3],
  ],
  ranking: [
    [5, 0, 2, 1, 3, 4],
    [2, 1, 3, 0, 4, 5],
  ],
};
const ROUTING = { nExpert: 6, nExpertUsed: 2, nExpertGroups: 0, expertsPerBlock: 1 };
const FREE: Pick<ChoiceOptions, 'grouping' | 'pins' | 'drops'> = { grouping: 'ungrouped', pins: [], drops: [] };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winnow-recipe-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function saved(value: unknown): Promise<string> {
  const path = join(folder, 'recipe.json');
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

describe('a recipe file', () => {
  it('says the same when it is read again', async () => {
    expect(await readRecipeFile(await saved(recipeText(RECIPE, 'winnow')))).toEqual(RECIPE);
    const unranked = { ...RECIPE, ranking: null };
    expect(await readRecipeFile(await saved(recipeText(unranked, 'winnow')))).toEqual(unranked);
  });

  it.each<[string, unknown, string]>([
    ['another format', { ...RECIPE, format: 'other' }, 'format'],
    ['an expert that the model does not have', { ...RECIPE, kept: [[0, 2, 6], RECIPE.kept[1]] }, 'kept'],
    ['layers that keep different numbers', { ...RECIPE, kept: [[0, 2], RECIPE.kept[1]] }, 'kept'],
    ['a layer too few', { ...RECIPE, kept: [RECIPE.kept[0]] }, 'kept'],
    ['a ranking with an expert twice', { ...RECIPE, ranking: [[5, 0, 2, 1, 3, 3], RECIPE.kept[1]] }, 'ranking'],
    ['a fingerprint that is none', { ...RECIPE, model: { ...RECIPE.model, fingerprint: 'x' } }, 'model.fingerprint'],
  ])('with %s is refused by its name and place', async (_, value, place) => {
    const path = await saved(value);
    await expect(readRecipeFile(path)).rejects.toThrow(failure('MASK_INVALID', path, place));
  });

  describe('that says a thing twice', () => {
    const SELECTION = {
      runIds: [1],
      criterion: 'easy-ep',
      keep: { kind: 'count', count: 3 },
      mix: 'shares',
      seed: 0,
      pins: [{ layer: 0, expert: 5 }],
      drops: [{ layer: 1, expert: 5 }],
      grouping: 'ungrouped',
    } as const;
    /** The hash of "a\n" and "b\n" in a row, by sha256sum. */
    const HASH = '911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2';
    const DEMOS = { domain: 'math', demos: ['m:1', 'm:2'], tokens: 9, hashes: ['a', 'b'], hash: HASH };
    const SETTINGS = { mix: 'shares', seed: 0, demos: [DEMOS], selection: SELECTION };
    const asked = (change: object): object => ({ ...SETTINGS, selection: { ...SELECTION, ...change } });
    const demos = (change: object): object => ({ ...SETTINGS, demos: [{ ...DEMOS, ...change }] });

    it.each<[string, object]>([
      ['a count', SETTINGS],
      ['a share', asked({ keep: { kind: 'ratio', ratio: 0.5 } })],
      ['a size, which comes to any count', asked({ keep: { kind: 'fit', bytes: 1e9, ctx: 512 } })],
      ['what older versions leave out', { mix: 'shares', demos: [{ domain: 'math', demos: ['m:1'], tokens: 4 }] }],
    ])('is taken where both agree: %s', async (_, settings) => {
      const path = await saved({ ...RECIPE, settings });
      expect((await readRecipeFile(path)).kept).toEqual(RECIPE.kept);
    });

    it.each<[string, object, string]>([
      ['a count', { settings: asked({ keep: { kind: 'count', count: 4 } }) }, 'settings.selection.keep'],
      ['a share', { settings: asked({ keep: { kind: 'ratio', ratio: 0.6 } }) }, 'settings.selection.keep'],
      ['the criterion', { settings: SETTINGS, criterion: 'reap' }, 'settings.selection.criterion'],
      ['the grouping', { settings: { ...SETTINGS, grouping: 'balanced' } }, 'settings.selection.grouping'],
      ['active experts', { settings: { ...SETTINGS, activeExperts: 1 } }, 'settings.selection.activeExperts'],
      ['tokens', { settings: { ...SETTINGS, tokens: 'answers' } }, 'settings.selection.tokens'],
      ['a pinned expert', { settings: asked({ pins: [{ layer: 0, expert: 1 }] }) }, 'settings.selection.pins'],
      ['a forbidden expert', { settings: asked({ drops: [{ layer: 0, expert: 5 }] }) }, 'settings.selection.drops'],
      ['a demo too many', { settings: demos({ demos: ['m:1', 'm:2', 'm:3'] }) }, 'settings.demos.0'],
      ['another demo', { settings: demos({ hashes: ['a', 'c'] }) }, 'settings.demos.0'],
      ['a setting of no meaning', { settings: { ...SETTINGS, grouping: 'balancd' } }, 'settings.grouping'],
      [
        'an expert twice',
        {
          kept: [
            [0, 2, 2, 5],
            [1, 2, 3],
          ],
        },
        'kept.0',
      ],
      ['blocks in no order', { model: { ...RECIPE.model, moe_layers: [3, 1] } }, 'model.moe_layers'],
      ['more experts used than there are', { model: { ...RECIPE.model, n_expert_used: 7 } }, 'model.n_expert_used'],
    ])('is refused where both do not agree: %s', async (_, change, place) => {
      const path = await saved({ ...RECIPE, ...change });
      await expect(readRecipeFile(path)).rejects.toThrow(failure('MASK_INVALID', path, `at ${place},`));
    });
  });

  it('is for one file: another one is refused, with both fingerprints', () => {
    const info = { ...MODEL, fingerprint: 'b'.repeat(64) };
    expect(() => requireRecipeModel(RECIPE, info)).toThrow(
      failure('MODEL_CHANGED', 'tiny-Q8_0.gguf', 'aaaaaaaaaaaa', 'bbbbbbbbbbbb'),
    );
    expect(() => requireRecipeModel(RECIPE, { ...info, fingerprint: RECIPE.model.fingerprint })).not.toThrow();
  });

  it('stands where a mask may stand', async () => {
    const info = { ...MODEL, moeLayers: [1, 3], nExpert: 6, fingerprint: RECIPE.model.fingerprint };
    expect(await readChoiceFile(await saved(RECIPE), info)).toEqual({ recipe: RECIPE, mask: null, warnings: [] });
    const mask = [
      [1, 0, 1, 0, 0, 1],
      [0, 1, 1, 1, 0, 0],
    ];
    expect(await readChoiceFile(await saved(mask), info)).toMatchObject({
      recipe: null,
      mask: { kept: RECIPE.kept, document: null },
    });
  });
});

describe('choosing by a recipe', () => {
  it('keeps what the recipe keeps, or another count by its ranking', () => {
    expect(keptByRecipe(RECIPE, ROUTING, { ...FREE, keep: 3 })).toEqual(RECIPE.kept);
    expect(keptByRecipe(RECIPE, ROUTING, { ...FREE, keep: 2 })).toEqual([
      [0, 5],
      [1, 2],
    ]);
    expect(keptByRecipe(RECIPE, ROUTING, { ...FREE, keep: 2, drops: [{ layer: 0, expert: 5 }] })).toEqual([
      [0, 2],
      [1, 2],
    ]);
  });

  it('chooses as the scores do that the ranking comes from', () => {
    fc.assert(
      fc.property(arbitraryMatrix(2, 6), fc.integer({ min: 2, max: 6 }), (matrix, keep) => {
        const rows = [0, 1].map((layer) => matrix.scores.subarray(layer * 6, layer * 6 + 6));
        const ranking = rows.map((row) => [0, 1, 2, 3, 4, 5].sort((a, b) => row[b]! - row[a]! || a - b));
        const { kept } = selectExperts(matrix, { keep, nExpertUsed: 2 });
        expect(keptByRecipe({ ...RECIPE, ranking }, ROUTING, { ...FREE, keep })).toEqual(
          keep === 3 ? RECIPE.kept : kept,
        );
      }),
    );
  });

  it('says so where nothing is ranked', () => {
    expect(() => keptByRecipe({ ...RECIPE, ranking: null }, ROUTING, { ...FREE, keep: 4 })).toThrow(
      failure('SELECTION_IMPOSSIBLE', 'ranks no experts'),
    );
  });
});

describe('the lists of other programs', () => {
  it('vLLM is told what to leave out, by block', () => {
    expect(JSON.parse(recipeText(RECIPE, 'vllm'))).toEqual({
      version: 1,
      model: 'Tiny',
      pruned_experts: [
        [1, 1],
        [1, 3],
        [1, 4],
        [3, 0],
        [3, 4],
        [3, 5],
      ],
    });
  });

  it('vLLM-Ascend is told an order in which the kept ones come first', () => {
    const kept = [
      [0, 1, 5],
      [1, 2, 3],
    ];
    expect(recipeText({ ...RECIPE, kept }, 'vllm-ascend')).toBe('{"1":[5,0,1,2,3,4]}\n{"3":[2,1,3,0,4,5]}\n');
    expect(recipeText({ ...RECIPE, kept, ranking: null }, 'vllm-ascend')).toBe(
      '{"1":[0,1,5,2,3,4]}\n{"3":[1,2,3,0,4,5]}\n',
    );
  });

  it('KTransformers is told counts of every block', () => {
    expect(JSON.parse(recipeText(RECIPE, 'ktransformers'))).toEqual({
      logical_count: [
        [
          [0, 0, 0, 0, 0, 0],
          [5, 3, 4, 2, 1, 6],
          [0, 0, 0, 0, 0, 0],
          [3, 5, 6, 4, 2, 1],
        ],
      ],
    });
  });

  it('the recipe itself has a layer on a line', () => {
    const text = recipeText(RECIPE, 'winnow');
    expect(recipeFileSchema.parse(JSON.parse(text))).toEqual(RECIPE);
    expect(text.split('\n')).toContain('    [0,2,5],');
  });
});

it('other programs get no prediction blocks', () => {
  const scored: RecipeFile = {
    ...RECIPE,
    model: { ...RECIPE.model, moe_layers: [1, 3, 4] },
    kept: [...RECIPE.kept, [0, 1, 2]],
    ranking: [...RECIPE.ranking!, [0, 1, 2, 3, 4, 5]],
  };
  for (const form of ['vllm', 'vllm-ascend', 'ktransformers'] as const) {
    expect(recipeText(scored, form), form).toBe(recipeText(RECIPE, form));
  }
  expect(JSON.parse(recipeText(scored, 'winnow'))).toEqual(scored);
});
