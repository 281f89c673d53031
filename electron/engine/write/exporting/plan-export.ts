// Turns a request into the file that an export would write, and previews that. Nothing is written here.
import { dirname } from 'node:path';
import type { ExportPlan } from '../../../contract/api/exports.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { ModelInfo } from '../../../contract/model-info.ts';
import type { PruneRequest } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { endingHost } from '../../base/backend/worker-host.ts';
import { toDisplayPath } from '../../base/files/paths.ts';
import { freeBytes, requireSpace } from '../../base/files/free-space.ts';
import { refuseInputAsOutput } from '../../base/files/user-files.ts';
import { type InspectedModel, inspectModel } from '../../models/inspect.ts';
import { readModelChoice } from '../../experts/selection/choice-file.ts';
import type { Store } from '../../store/database.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { knownModel } from '../../experts/selection/known-model.ts';
import type { StoredModel } from '../../store/models.ts';
import type { StoredSelection } from '../../store/selections.ts';
import { type Imatrix, planImatrix, readImatrix } from '../pruning/imatrix-file.ts';
import { type PruneOptions, keptBlocks } from '../pruning/kept-blocks.ts';
import { type NarrowTask, narrowExperts, narrowedWarnings, planNarrowed } from '../pruning/narrow-experts.ts';
import { type PrunePlan, planPrune } from '../pruning/plan.ts';
import { findSelection, provenanceKeys } from '../pruning/provenance.ts';
import {
  type QuantisedBy,
  type QuantisedPlan,
  bytesOfTypes,
  planQuantised,
  requireQuantisable,
} from '../quantising/planned-quantised.ts';
import { checkFolder, checkName } from '../pruning/target-checks.ts';
import { plannedBytes } from '../pruning/write-gguf.ts';

export type PlannedExport = PrunePlan & {
  readonly model: InspectedModel;
  readonly options: PruneOptions;
  readonly stored: StoredModel;
  /** The stored selection that keeps these experts; null: there is none. */
  readonly source: StoredSelection | null;
};

/**
 * Plans an export.
 * @param store records where the model was found
 * @throws WinnowError from the choice and from planning; MODEL_CHANGED: the named selection is for another model; USAGE: there is no
 * importance matrix to choose neurons by
 */
export async function planExport(
  request: PruneRequest,
  model: InspectedModel,
  store: Store,
  signal?: AbortSignal,
): Promise<PlannedExport> {
  const { info } = model;
  const { kept, chosenBy, grouping, activeExperts, warnings } = await chosenExperts(request, info, signal);
  const stored = knownModel(store, info);
  const source = findSelection(request.selectionId, kept, stored, store, activeExperts);
  const { width, nextn, quantise, imatrix, imatrixRun } = request;
  if (width !== undefined && imatrix === undefined && imatrixRun === undefined)
    throw new WinnowError('USAGE', msg('widthNeedsMatrix'));
  const share = { share: width ?? 1, isQuantised: quantise !== undefined };
  const narrowed = width === undefined ? undefined : planNarrowed(model, { kept, nextn }, share);
  const options: PruneOptions = {
    output: request.output,
    kept,
    grouping,
    nextn,
    allowFewerUsed: request.allowFewerUsed,
    ...(activeExperts !== null && { activeExperts }),
    ...(narrowed && { narrowed }),
    provenance: provenanceKeys(info, kept, chosenBy ?? source, quantise?.rules),
  };
  const plan = planPrune(model, options);
  const ofWidth = narrowed ? narrowedWarnings(model, narrowed) : [];
  const said = [...warnings, ...plan.warnings, ...ofWidth];
  return { ...plan, warnings: said, model, options, stored, source };
}

/**
 * Returns the export with its neurons chosen, if experts are to be narrowed; otherwise unchanged.
 * @param imatrix of the whole model
 * @param task as for `narrowExperts`
 * @throws WinnowError as `narrowExperts`
 */
export async function withNeurons(
  { width, quantise }: PruneRequest,
  planned: PlannedExport,
  imatrix: Imatrix | null,
  task: NarrowTask,
): Promise<PlannedExport> {
  if (width === undefined || imatrix === null) return planned;
  const { model } = planned;
  const request = { share: width, isQuantised: quantise !== undefined, imatrix };
  const options = { ...planned.options, narrowed: await narrowExperts(model, planned.options, request, task) };
  return { ...planned, options, file: planPrune(model, options).file };
}

/**
 * Settles what an export will write, to the byte.
 * @param matrix the importance matrix to quantise by; null: none
 * @returns the size, after quantising if it is quantised
 * @throws WinnowError from planning to quantise
 */
export async function prepareExport(
  quantise: PruneRequest['quantise'],
  { file, model, options }: PlannedExport,
  matrix: Imatrix | null,
  backend: Backend,
  scratchDir: string,
): Promise<{
  readonly bytes: number;
  readonly quantised: { readonly by: QuantisedBy; readonly plan: QuantisedPlan } | null;
}> {
  if (quantise === undefined) return { bytes: await plannedBytes(file, backend), quantised: null };
  const imatrix = matrix && planImatrix(matrix, model, options);
  const by: QuantisedBy = { options: quantise, imatrix, blockCount: keptBlocks(model.info, options).count };
  const plan = await planQuantised(file, by, { backend, scratchDir });
  return { bytes: plan.bytes, quantised: { by, plan } };
}

/**
 * The experts that a request keeps.
 * @returns chosenBy: what the file of the choice says; null: there is none
 * @throws WinnowError USAGE: the request names none; as `readModelChoice`
 */
async function chosenExperts(request: PruneRequest, info: ModelInfo, signal?: AbortSignal) {
  const { kept, choice, grouping = 'ungrouped', activeExperts } = request;
  if (kept) return { kept, chosenBy: null, warnings: [], grouping, activeExperts: activeExperts ?? null };
  if (choice === undefined) throw new WinnowError('USAGE', msg('sayWhatToKeep'));
  const { document, ...chosen } = await readModelChoice(choice, info, activeExperts, signal);
  return { ...chosen, chosenBy: document };
}

/** @throws WinnowError USAGE: the output is the choice or importance matrix */
export async function refuseInputs(request: PruneRequest): Promise<void> {
  const inputs = [request.choice, request.imatrix].filter((path) => path !== undefined);
  await refuseInputAsOutput(request.output, inputs);
}

/**
 * Returns what an export would do. Problems are returned, not thrown: an export with the same request would fail with the first
 * of them. If planning itself fails, the size is 0.
 * @throws WinnowError from inspecting the model; CANCELLED
 */
export async function previewExport(
  request: PruneRequest,
  context: EngineContext,
  signal: AbortSignal,
): Promise<ExportPlan> {
  using backend = new Backend('off', endingHost(context.host, signal));
  const model = await inspectModel(request.model, backend, context.forPlans());
  const problems: WinnowError[] = [];
  const attempt = async <T>(work: () => T | Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof WinnowError) || error.code === 'BACKEND_CRASHED') throw error;
      problems.push(error);
      return null;
    }
  };

  await attempt(() => refuseInputs(request));
  const plan = await attempt(() => planExport(request, model, context.store, signal));
  const prepared =
    plan &&
    (await attempt(async () => {
      const matrix = request.imatrix === undefined ? null : await readImatrix(request.imatrix, model, backend);
      return prepareExport(request.quantise, plan, matrix, backend, context.scratchDir);
    }));
  const quantised = prepared?.quantised;
  await attempt(() => {
    if (quantised) requireQuantisable(quantised.plan, quantised.by);
  });
  const path = plan?.file.path ?? request.output;
  const prunedBytes = prepared?.bytes ?? 0;
  await attempt(() => plan && checkName(plan.file, request.overwrite));
  await attempt(() => checkFolder(path));
  await attempt(() => prepared && requireSpace(dirname(path), [prunedBytes]));
  return {
    displayPath: toDisplayPath(path),
    fullBytes: model.info.bytes,
    prunedBytes,
    freeBytes: await freeBytes(dirname(path)),
    types: quantised ? bytesOfTypes(quantised.plan) : null,
    warnings: [...(plan?.warnings ?? [])],
    problems: problems.map(({ code, message, sentence }) => ({ code, message, ...(sentence && { sentence }) })),
  };
}
