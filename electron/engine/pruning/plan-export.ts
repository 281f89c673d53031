// From a request to the files that an export would write. Nothing is written here.
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { RecipeFile } from '../../contract/recipe-file.ts';
import type { PruneRequest } from '../../contract/requests.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import type { Backend } from '../backend/backend.ts';
import { hashOfFile } from '../models/identity.ts';
import type { InspectedModel } from '../models/inspect.ts';
import { parseBytes } from '../files/parse-bytes.ts';
import { maskShape, readMaskFile } from '../selection/mask-file.ts';
import { readRecipeFile, recipeSettings, requireRecipeModel } from '../selection/recipe-file.ts';
import type { Store } from '../store/database.ts';
import { knownModel } from '../selection/known-model.ts';
import type { StoredModel } from '../store/models.ts';
import type { StoredSelection } from '../store/selections.ts';
import { readCalibration } from './calibration-file.ts';
import { planImatrix } from './imatrix.ts';
import { asSetOf } from './layout.ts';
import type { PlannedFile } from './planned-file.ts';
import { planPrune, writtenBlocks, type PrunePlan } from './plan.ts';
import type { PruneOptions } from './prune-options.ts';
import { findSelection, provenanceKeys } from './provenance.ts';
import type { QuantisedBy, QuantisedPlan, Quantiser } from './quantiser.ts';
import { plannedBytes } from './write-gguf.ts';

export type PlannedExport = PrunePlan & {
  readonly model: InspectedModel;
  readonly options: PruneOptions;
  readonly stored: StoredModel;
  /** null: the experts come from a mask that no plan holds. */
  readonly source: StoredSelection | null;
};

/**
 * @param store notes where the model was found
 * @throws WinnowError of the mask and of planning; as `readCalibration`; MODEL_CHANGED: the plan that is named is for another model
 */
export async function planExport(
  request: PruneRequest,
  model: InspectedModel,
  store: Store,
  backend: Backend,
  signal?: AbortSignal,
): Promise<PlannedExport> {
  const { info } = model;
  const { kept, recipe, grouping, activeExperts, said } = await chosenExperts(request, info, signal);
  const stored = knownModel(store, info);
  const source = findSelection(request, kept, stored, store, activeExperts);
  const calibration =
    request.calibration === undefined
      ? undefined
      : await readCalibration(request.calibration, model, { kept, grouping, activeExperts }, backend);
  const options: PruneOptions = {
    output: request.output,
    kept,
    grouping,
    nextn: request.nextn,
    allowFewerUsed: request.allowFewerUsed,
    ...(activeExperts !== null && { activeExperts }),
    split: request.splitMax === undefined ? request.split : { maxBytes: parseBytes(request.splitMax) },
    ...(calibration && { calibration }),
    provenance: provenanceKeys(info, kept, recipe ?? source),
  };
  const plan = planPrune(model, options);
  return { ...plan, warnings: [...said, ...plan.warnings], model, options, stored, source };
}

/** What an export will write, to the byte. */
export type PreparedExport = {
  /** The model's own files, and where it is written beside them the importance matrix. */
  readonly files: readonly PlannedFile[];
  /** Of each of them; where it is quantised, after that. */
  readonly bytes: readonly number[];
  /** null: every byte stays as it is. */
  readonly quantised: { readonly by: QuantisedBy; readonly plan: QuantisedPlan } | null;
};

/**
 * @throws WinnowError as `planImatrix`, and of planning to quantise
 */
export async function prepareExport(
  request: PruneRequest,
  planned: PlannedExport,
  backend: Backend,
  quantiser: Quantiser,
): Promise<PreparedExport> {
  const imatrix = await planRequestedImatrix(request, planned, backend);
  if (request.quantise === undefined) {
    const files = [...planned.files, ...(imatrix ? [imatrix] : [])];
    const bytes: number[] = [];
    for (const file of files) bytes.push(await plannedBytes(file, backend));
    return { files, bytes, quantised: null };
  }
  const { info, options } = planned;
  const blockCount = writtenBlocks(info, options);
  const by: QuantisedBy = { options: request.quantise, imatrix, blockCount };
  const { split = 'single' } = options;
  const layOut = (how: NonNullable<PruneOptions['split']>): readonly PlannedFile[] =>
    planPrune(planned.model, { ...options, split: how }).files;
  return planToQuantise(split, layOut, by, backend, quantiser);
}

/**
 * Files that are quantised, and their sizes. Where parts have a largest size, what their tensors become is asked first.
 * @param layOut gives the files as they would be written without quantising
 */
export async function planToQuantise(
  split: NonNullable<PruneOptions['split']>,
  layOut: (split: NonNullable<PruneOptions['split']>) => readonly PlannedFile[],
  by: QuantisedBy,
  backend: Backend,
  quantiser: Quantiser,
): Promise<PreparedExport & { readonly quantised: NonNullable<PreparedExport['quantised']> }> {
  let how = split;
  if (typeof split === 'object') {
    const whole = await quantiser.plan(layOut('single'), by, backend);
    const tensors = whole.files.flatMap((file) => file.tensors);
    how = { ...split, bytesOf: new Map(tensors.map(({ name, bytes }) => [name, bytes])) };
  }
  const [matrix] = by.imatrix?.tensors ?? [];
  const imatrix = matrix ? await hashOfFile(matrix.sourcePath) : null;
  const files = asSetOf(layOut(how), { ...by.options, imatrix });
  const plan = await quantiser.plan(files, by, backend);
  return { files, bytes: plan.files.map(({ bytes }) => bytes), quantised: { by, plan } };
}

/** The importance matrix that is cut along; null: none was asked for. */
async function planRequestedImatrix(
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
  /** What people are told of it. */
  readonly said: readonly Sentence[];
};

type AskedExperts = Pick<PruneRequest, 'kept' | 'mask' | 'recipe' | 'grouping' | 'activeExperts'>;

export type ChosenExperts = KeptExperts & {
  readonly grouping: PruneRequest['grouping'];
  /** null: as many as the model says. */
  readonly activeExperts: number | null;
};

/** @throws WinnowError USAGE: nothing says which; of reading masks and recipes */
export async function chosenExperts(
  request: AskedExperts,
  info: ModelInfo,
  signal?: AbortSignal,
): Promise<ChosenExperts> {
  const { kept, recipe, said } = await keptExperts(request, info, signal);
  const asked = request.activeExperts ?? null;
  if (!recipe) return { kept, recipe, said, grouping: request.grouping, activeExperts: asked };
  const { grouping, activeExperts } = recipeSettings(recipe);
  return { kept, recipe, said, grouping, activeExperts: asked ?? activeExperts };
}

async function keptExperts(
  request: AskedExperts,
  info: ModelInfo,
  signal: AbortSignal | undefined,
): Promise<KeptExperts> {
  if (request.kept) return { kept: request.kept, recipe: null, said: [] };
  if (request.recipe !== undefined) {
    const recipe = await readRecipeFile(request.recipe, signal);
    const said = requireRecipeModel(recipe, info);
    return { kept: recipe.kept, recipe, said: said === null ? [] : [said] };
  }
  if (request.mask === undefined) {
    throw new WinnowError('USAGE', say('sayWhatToKeep'));
  }
  const shape = info.moeLayers.length > 0 ? maskShape(info) : {};
  return { kept: (await readMaskFile(request.mask, shape, signal)).kept, recipe: null, said: [] };
}
