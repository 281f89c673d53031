// Reads recipes, and chooses by their rankings.
import { WinnowError } from '../../../contract/errors.ts';
import { keptCount, type KeptExperts } from '../../../contract/kept-experts.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import { RECIPE_FORMAT, recipeFileSchema, type RecipeFile } from '../../../contract/recipe-file.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { readJsonFile } from '../../base/files/user-files.ts';
import { samenessOf, samenessSaid } from '../../models/sameness.ts';
import { keptFromMask, maskForModel, maskFromKept, type ModelMask } from './mask-file.ts';
import { recipeContradiction } from './recipe-contradiction.ts';
import { selectExperts } from './select.ts';
import { selectOptions, type ChoiceOptions, type Routing } from './choose-experts.ts';
import { selectionSettingsSchema, type SelectionSettings } from './selection-settings.ts';

/** llama.cpp supports at most 512 layers of 1024 experts, which are listed once or twice; plus the names of the demos. */
export const MAX_RECIPE_BYTES = 64 << 20;

/** @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, CANCELLED, MASK_INVALID naming the file and the place in it */
export async function readRecipeFile(path: string, signal?: AbortSignal): Promise<RecipeFile> {
  return recipeOfFile(await readJsonFile(path, 'MASK_INVALID', MAX_RECIPE_BYTES, signal), path);
}

/**
 * Reads a file that is a recipe or a mask for this model, with warnings about what it does not prove.
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, MASK_INVALID, MODEL_CHANGED; USAGE: as `maskForModel`
 */
export async function readChoiceFile(
  path: string,
  info: ModelInfo,
): Promise<
  { readonly warnings: readonly Sentence[] } & (
    | { readonly recipe: RecipeFile; readonly mask: null }
    | { readonly recipe: null; readonly mask: ModelMask }
  )
> {
  const value = await readJsonFile(path, 'MASK_INVALID', MAX_RECIPE_BYTES);
  if (isRecipe(value)) {
    const recipe = recipeOfFile(value, path);
    const said = requireRecipeModel(recipe, info);
    return { recipe, mask: null, warnings: said === null ? [] : [said] };
  }
  const mask = maskForModel(value, path, info, {});
  return { recipe: null, mask, warnings: mask.warnings };
}

/** Whether a value states that it is a recipe. */
export function isRecipe(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === RECIPE_FORMAT;
}

/** @throws WinnowError MASK_INVALID naming the file and the place in it */
export function recipeOfFile(value: unknown, path: string): RecipeFile {
  const { data, error } = recipeFileSchema.safeParse(value);
  if (!data) {
    const [issue] = error.issues;
    throw invalid(path, issue?.path.map(String).join('.') || 'the top level', issue?.message ?? 'another form');
  }
  const { model, kept, ranking, settings } = data;
  const shape = { nLayers: model.moe_layers.length, nExpert: model.n_expert };
  try {
    keptFromMask(maskFromKept(kept, shape.nExpert), shape);
  } catch (cause) {
    throw invalid(path, 'kept', cause instanceof Error ? cause.message : String(cause));
  }
  const wrong = selectionSettingsSchema.safeParse(settings).error?.issues[0];
  if (wrong) throw invalid(path, ['settings', ...wrong.path.map(String)].join('.'), wrong.message);
  if (ranking !== null && !isRanking(ranking, shape)) {
    throw invalid(path, 'ranking', `it has to list all ${shape.nExpert} experts of ${shape.nLayers} layers once each`);
  }
  const contradiction = recipeContradiction(data);
  if (contradiction) throw invalid(path, contradiction.place, contradiction.reason);
  return data;
}

/** How the experts were chosen, as far as the recipe states it. @param recipe as `recipeOfFile` returns it */
export function recipeSettings({ settings }: Pick<RecipeFile, 'settings'>): SelectionSettings {
  return selectionSettingsSchema.parse(settings);
}

/**
 * @returns the warning for using the recipe with this model; null: it was made for exactly these files
 * @throws WinnowError MODEL_CHANGED: the recipe was made for another model
 */
export function requireRecipeModel({ model }: RecipeFile, info: ModelInfo): Sentence | null {
  const sameness = samenessOf(model, info);
  if (sameness !== null) return samenessSaid({ file: model.file, fileType: model.file_type }, sameness, info);
  throw new WinnowError(
    'MODEL_CHANGED',
    say('recipeForeign', {
      file: model.file,
      name: model.name,
      nExpert: model.n_expert,
      layers: model.moe_layers.length,
      fingerprint: short(model.fingerprint),
      path: info.path,
      found: short(info.fingerprint),
    }),
    { path: info.path, expected: model.fingerprint, found: info.fingerprint },
  );
}

/**
 * Keeps another number of experts by the recipe's ranking; its own number keeps exactly what it lists.
 * @param options pins and drops in addition to the recipe's own
 * @throws WinnowError SELECTION_IMPOSSIBLE: nothing ranks the experts, or as `selectExperts`
 */
export function keptByRecipe(recipe: RecipeFile, routing: Routing, options: Omit<ChoiceOptions, 'mix'>): KeptExperts {
  const { kept, ranking } = recipe;
  const isOwn = options.pins.length + options.drops.length === 0 && options.keep === keptCount(kept);
  if (isOwn) return kept;
  if (ranking === null) {
    throw new WinnowError('SELECTION_IMPOSSIBLE', say('recipeUnranked', { keep: keptCount(kept) }), {
      keep: options.keep,
    });
  }
  const { selection } = recipeSettings(recipe);
  const { n_expert: nExpert } = recipe.model;
  const scores = new Float64Array(ranking.length * nExpert);
  ranking.forEach((experts, layer) =>
    experts.forEach((expert, rank) => (scores[layer * nExpert + expert] = nExpert - rank)),
  );
  const rules = selectOptions(routing, {
    ...options,
    mix: 'shares',
    pins: [...(selection?.pins ?? []), ...options.pins],
    drops: [...(selection?.drops ?? []), ...options.drops],
  });
  return selectExperts({ nLayers: ranking.length, nExpert, scores }, rules).kept;
}

function isRanking(ranking: RecipeFile['kept'], { nLayers, nExpert }: { nLayers: number; nExpert: number }): boolean {
  const isWhole = (experts: readonly number[]): boolean =>
    experts.length === nExpert && new Set(experts).size === nExpert && experts.every((expert) => expert < nExpert);
  return ranking.length === nLayers && ranking.every(isWhole);
}

function short(fingerprint: string): string {
  return fingerprint.slice(0, 12);
}

function invalid(path: string, place: string, said: Sentence | string): WinnowError {
  const reason = typeof said === 'string' ? said.replace(/\.$/, '') : said;
  return new WinnowError('MASK_INVALID', say('recipeInvalid', { path, place, reason }), { path, place });
}
