// Chooses experts by a recipe instead of scores: what it keeps, or another number by its ranking.
import type { CallParams, CallResult } from '../../../contract/api.ts';
import { keptCount } from '../../../contract/kept-experts.ts';
import type { MaskFile } from '../../../contract/mask-file.ts';
import { inspectFile } from '../../models/inspect.ts';
import { inspectedMemory } from '../../models/placement/memory-facts.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { countToKeep, prunedBytes } from '../selection/choose-experts.ts';
import { settledKeep } from '../selection/keep-count.ts';
import { maskDocument, maskModel } from '../selection/mask-file.ts';
import { keptByRecipe, readRecipeFile, recipeSettings, requireRecipeModel } from '../selection/recipe-file.ts';
import { addRecipe } from './save-selection.ts';
import { settingsOf } from './selection-view.ts';

type Result = CallResult<'selections.byRecipe'>;
type RecipeRequest = Omit<CallParams<'selections.byRecipe'>['request'], 'recipe' | 'model'> & {
  /** Path of the recipe, and of the file that it is for. */
  readonly recipe: string;
  readonly model: string;
};

/**
 * Chooses by a recipe, and stores the selection.
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, MASK_INVALID; errors of inspecting the model; MODEL_CHANGED: the recipe is for
 * another file; USAGE: the count to keep cannot be read; SELECTION_IMPOSSIBLE
 */
export async function chooseByRecipe(
  { recipe: path, model: modelPath, pins, drops, keep: asked }: RecipeRequest,
  context: EngineContext,
  signal: AbortSignal,
): Promise<{ readonly result: Omit<Result, 'displayPath'>; readonly modelPath: string; readonly mask: MaskFile }> {
  const { store, host } = context;
  const recipe = await readRecipeFile(path, signal);
  const model = await inspectFile(modelPath, { host, known: context.known, signal });
  const { info } = model;
  const said = requireRecipeModel(recipe, info);
  const { criterion } = recipe;
  const { grouping } = recipeSettings(recipe);
  const wanted = settledKeep(asked ?? { kind: 'count', count: keptCount(recipe.kept) }, info.nExpert);
  const memory = (ctx: number) => inspectedMemory(model, ctx, host);
  const keep = await countToKeep({ keep: wanted, grouping, drops }, info, memory);
  const kept = keptByRecipe(recipe, info, { keep, grouping, pins, drops });
  const settings = settingsOf(addRecipe(store, info, recipe, { name: '', kept }));
  const bytes = { full: info.bytes, pruned: prunedBytes(info, keep) };
  return {
    result: { criterion, keep, nExpert: info.nExpert, kept, bytes, said },
    modelPath: info.path,
    mask: maskDocument(maskModel(info, kept), kept, { criterion, settings }),
  };
}
