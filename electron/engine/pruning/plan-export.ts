// From a request to the files that an export would write. Nothing is written here.
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { RecipeFile } from '../../contract/recipe-file.ts';
import type { PruneRequest } from '../../contract/requests.ts';
import type { Backend } from '../backend/backend.ts';
import type { InspectedModel } from '../models/inspect.ts';
import { parseBytes } from '../files/parse-bytes.ts';
import { readMaskFile } from '../selection/mask-file.ts';
import { readRecipeFile, recipeSettings, requireRecipeModel } from '../selection/recipe-file.ts';
import type { Store } from '../store/database.ts';
import { rememberModel, type StoredModel } from '../store/models.ts';
import type { StoredSelection } from '../store/selections.ts';
import { planImatrix } from './imatrix.ts';
import type { PlannedFile } from './planned-file.ts';
import { planPrune, type PrunePlan } from './plan.ts';
import type { PruneOptions } from './prune-options.ts';
import { findSelection, provenanceKeys } from './provenance.ts';

export type PlannedExport = PrunePlan & {
  readonly model: InspectedModel;
  readonly options: PruneOptions;
  readonly stored: StoredModel;
  /** null: the experts come from a mask that no plan holds. */
  readonly source: StoredSelection | null;
};

/**
 * @param store notes where the model was found
 * @throws WinnowError of the mask and of planning; MODEL_CHANGED: the plan that is named is for another model
 */
export async function planExport(request: PruneRequest, model: InspectedModel, store: Store): Promise<PlannedExport> {
  const { info } = model;
  const { kept, recipe } = await keptExperts(request, info);
  const stored = rememberModel(store, info);
  const source = findSelection(request, kept, stored, store);
  const options: PruneOptions = {
    output: request.output,
    kept,
    grouping: recipe ? recipeSettings(recipe).grouping : request.grouping,
    nextn: request.nextn,
    allowFewerUsed: request.allowFewerUsed,
    split: request.splitMax === undefined ? request.split : { maxBytes: parseBytes(request.splitMax) },
    provenance: provenanceKeys(info, kept, recipe ?? source),
  };
  return { ...planPrune(model, options), model, options, stored, source };
}

/**
 * The importance matrix that is cut along; null: none was asked for.
 * @throws WinnowError as `planImatrix`
 */
export async function planRequestedImatrix(
  request: PruneRequest,
  { model, options }: PlannedExport,
  backend: Backend,
): Promise<PlannedFile | null> {
  if (request.imatrix === undefined) return null;
  const target = request.imatrixOut ?? request.output.replace(/(\.gguf)?$/, '.imatrix.gguf');
  return planImatrix(request.imatrix, target, model, options, backend);
}

type KeptExperts = {
  readonly kept: readonly (readonly number[])[];
  /** null: a mask, or a list. */
  readonly recipe: RecipeFile | null;
};

async function keptExperts(request: PruneRequest, info: ModelInfo): Promise<KeptExperts> {
  if (request.kept) return { kept: request.kept, recipe: null };
  if (request.recipe !== undefined) {
    const recipe = await readRecipeFile(request.recipe);
    requireRecipeModel(recipe, info);
    return { kept: recipe.kept, recipe };
  }
  if (request.mask === undefined) {
    throw new WinnowError('USAGE', 'Say which experts to keep: name a mask file or a recipe.');
  }
  const shape = info.moeLayers.length > 0 ? { nLayers: info.moeLayers.length, nExpert: info.nExpert } : {};
  return { kept: (await readMaskFile(request.mask, shape)).kept, recipe: null };
}
