// The select use case with a recipe in the place of scores: what it keeps, or another count by its ranking.
import { WinnowError } from '../../../contract/errors.ts';
import type { MaskFile } from '../../../contract/mask-file.ts';
import type { SelectByRecipeRequest } from '../../../contract/requests.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { parseBytes } from '../../base/files/parse-bytes.ts';
import { inspectFile } from '../../models/inspect.ts';
import { countToKeep, prunedBytes, type Keep } from '../selection/choose-experts.ts';
import { resolveKeep } from '../selection/keep-count.ts';
import { maskDocument, maskModel } from '../selection/mask-file.ts';
import { inspectedMemory } from '../../models/placement/memory-facts.ts';
import { keptByRecipe, readRecipeFile, recipeSettings, requireRecipeModel } from '../selection/recipe-file.ts';
import type { Criterion } from '../../../contract/criteria.ts';
import { inEnglish, say } from '../../../contract/sentences.ts';
import { addRecipe } from './save-selection.ts';
import { settingsOf } from './selection-view.ts';

export type RecipeSelection = {
  readonly criterion: Criterion | null;
  readonly grouping: 'ungrouped' | 'balanced';
  readonly modelPath: string;
  readonly nExpert: number;
  readonly keep: number;
  /** Kept experts of each MoE layer, ascending. */
  readonly kept: readonly (readonly number[])[];
  readonly mask: MaskFile;
  /** File sizes. */
  readonly bytes: { readonly full: number; readonly pruned: number };
};

/**
 * Stores the selection.
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, MASK_INVALID; of inspecting the model; MODEL_CHANGED: the recipe is for
 * another file; SELECTION_IMPOSSIBLE
 */
export async function runRecipeSelection(
  request: SelectByRecipeRequest,
  context: EngineContext,
  { signal, log }: Pick<Task, 'signal' | 'log'>,
): Promise<RecipeSelection> {
  const { store, host } = context;
  const recipe = await readRecipeFile(request.recipe, signal);
  const model = await inspectFile(request.model, { host, known: context.known, signal });
  const { info } = model;
  const said = requireRecipeModel(recipe, info);
  if (said !== null) log(inEnglish(said));
  const { grouping } = recipeSettings(recipe);
  const { pins, drops } = request;
  const wanted: Keep = keepOf(request, recipe.kept[0]?.length ?? info.nExpert, info.nExpert);
  const keep = await countToKeep(
    { keep: wanted, grouping, drops },
    info,
    (ctx) => inspectedMemory(model, ctx, host),
    null,
  );
  const kept = keptByRecipe(recipe, info, { keep, grouping, pins, drops });
  const { settings } = addRecipe(store, info, recipe, { name: '', kept });
  return {
    ...{ criterion: recipe.criterion, grouping, modelPath: info.path, nExpert: info.nExpert, keep, kept },
    mask: maskDocument(maskModel(info, kept), kept, {
      criterion: recipe.criterion,
      settings: settingsOf({ settings }),
    }),
    bytes: { full: info.bytes, pruned: prunedBytes(info, keep) },
  };
}

function keepOf({ keep, fit, ctx }: SelectByRecipeRequest, own: number, nExpert: number): Keep {
  if (keep !== undefined && fit !== undefined) throw new WinnowError('USAGE', say('keepOrFitFlag'));
  if (fit !== undefined) return { kind: 'fit', bytes: parseBytes(fit), ctx };
  return { kind: 'count', count: keep === undefined ? own : resolveKeep(keep, nExpert) };
}
