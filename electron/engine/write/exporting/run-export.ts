// The prune and quantise use cases: a model goes in, a verified, smaller GGUF comes out, and the export is recorded.
import { dirname } from 'node:path';
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { PruneRequest, QuantiseRequest } from '../../../contract/requests.ts';
import { inEnglish } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { requireSpace } from '../../base/files/free-space.ts';
import { refuseInputAsOutput } from '../../base/files/user-files.ts';
import { inspectLoadable, requireLoadable } from '../../models/check-load.ts';
import { matrixRunBehind } from '../pruning/provenance.ts';
import { knownModel, writtenHash } from '../../experts/selection/known-model.ts';
import { requireRun } from '../../experts/runs/stored-run.ts';
import { readSettings } from '../../experts/selections/selection-view.ts';
import { quantisedAs, type ExportedPlan, type ImatrixSource } from '../../store/exports.ts';
import type { StoredModel } from '../../store/models.ts';
import type { StoredSelection } from '../../store/selections.ts';
import { checkImatrix, imatrixSource, planImatrix } from '../pruning/imatrix-file.ts';
import { type PlannedExport, planExport, prepareExport, refuseInputs, withNeurons } from './plan-export.ts';
import { type QuantisedBy, bytesOfTypes, planQuantised, requireQuantisable } from '../quantising/planned-quantised.ts';
import { writeQuantised } from '../quantising/write-quantised.ts';
import { recordExport, settleInterruptedExports } from './recorded-export.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { checkName } from '../pruning/target-checks.ts';
import { writeGguf } from '../pruning/write-gguf.ts';
import { withRunMatrix } from '../pruning/write-importance.ts';
import { identifying } from '../../models/identity.ts';
import { type InspectedModel, inspectModel } from '../../models/inspect.ts';
import type { PlannedFile } from '../pruning/planned-file.ts';
import { planCopy } from '../pruning/plan.ts';

export type WrittenModel = {
  readonly path: string;
  readonly bytes: number;
  /** null after a dry run. */
  readonly sha256: string | null;
  /** Row of the export; null: a dry run. */
  readonly exportId: number | null;
  readonly seconds: number;
  readonly fullBytes: number;
};

export type PruneOutcome = WrittenModel & {
  readonly keep: number;
  readonly kept: KeptExperts;
  /** The run that collected the importance matrix; null: no matrix, or one from a file. */
  readonly imatrixRun: number | null;
  readonly warnings: readonly string[];
};

export type QuantiseOutcome = WrittenModel & {
  /** Total bytes of the tensors of each type, largest first. */
  readonly types: ReturnType<typeof bytesOfTypes>;
};

/** What is written, and its record. */
type Writing = {
  readonly model: InspectedModel;
  readonly stored: StoredModel;
  readonly file: PlannedFile;
  readonly bytes: number;
  /** null: the file is not quantised. */
  readonly by: QuantisedBy | null;
  readonly plan: () => Promise<ExportedPlan>;
};

/** A request whose importance matrix, if any, is already a file. */
type WithMatrix = Omit<PruneRequest, 'imatrixRun'> & { readonly imatrixRun?: number | undefined };

/**
 * Prunes a model.
 * @returns what was written, and the stored selection that the experts come from
 * @throws WinnowError from inspecting, from the choice and from planning; as `matrixRunBehind`; from the importance matrix, from
 * quantising and from writing
 */
export async function runPrune(
  request: PruneRequest,
  context: EngineContext,
  task: Task,
): Promise<PruneOutcome & { readonly chosenBy: StoredSelection | null }> {
  using backend = new Backend('off', context.host);
  const model = await inspectLoadable(request.model, backend, identifying(context, task));
  await refuseInputs(request);
  if (!request.dryRun) await settleInterruptedExports(context, task.signal);
  const plan = await planExport(request, model, context.store, task.signal);
  plan.warnings.forEach((warning) => task.log(inEnglish(warning)));
  const imatrixRun = request.imatrixRun === 'own' ? matrixRunBehind(context.store, plan.source) : request.imatrixRun;
  const written = await withRunMatrix({ ...request, imatrixRun }, context, task.signal, (by) =>
    pruned(by, plan, context, backend, task),
  );
  return { ...written, chosenBy: plan.source };
}

async function pruned(
  request: WithMatrix,
  planned: PlannedExport,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<PruneOutcome> {
  const { model, stored } = planned;
  const isUsed = request.quantise !== undefined || request.width !== undefined;
  const matrix =
    request.imatrix === undefined || !isUsed ? null : await checkImatrix(request.imatrix, model, backend, task);
  await using scratch = request.width === undefined ? null : await makeScratchFolder(context.scratchDir, 'width');
  const plan =
    scratch === null || request.dryRun
      ? planned
      : await withNeurons(request, planned, matrix, { folder: scratch.path, backend, signal: task.signal });
  const { bytes, quantised } = await prepareExport(request.quantise, plan, matrix, backend, context.scratchDir);
  if (quantised) requireQuantisable(quantised.plan, quantised.by);
  const row = async () => exportedPlan(request, plan, matrix && (await imatrixSource(matrix, request.imatrixRun)));
  const writing = { model, stored, file: plan.file, bytes, by: quantised?.by ?? null, plan: row };
  return {
    ...(await writeAndRecord(writing, request, context, backend, task)),
    keep: plan.keep,
    kept: plan.options.kept,
    imatrixRun: request.imatrixRun ?? null,
    warnings: planned.warnings.map(inEnglish),
  };
}

/** Quantises a model. @throws WinnowError from inspecting, from the importance matrix, from planning and from writing */
export function runQuantise(request: QuantiseRequest, context: EngineContext, task: Task): Promise<QuantiseOutcome> {
  return withRunMatrix(request, context, task.signal, (by) => quantised(by, context, task));
}

async function quantised(request: QuantiseRequest, context: EngineContext, task: Task): Promise<QuantiseOutcome> {
  using backend = new Backend('off', context.host);
  const { store, scratchDir } = context;
  const model = await inspectModel(request.model, backend, identifying(context, task));
  await requireLoadable(model.info, backend);
  if (request.imatrix !== undefined) await refuseInputAsOutput(request.output, [request.imatrix]);
  if (!request.dryRun) await settleInterruptedExports(context, task.signal);

  const { info } = model;
  const kept = info.moeLayers.map(() => Array.from({ length: info.nExpert }, (_, expert) => expert));
  const matrix = request.imatrix === undefined ? null : await checkImatrix(request.imatrix, model, backend, task);
  const imatrix = matrix && planImatrix(matrix, model, { kept });
  const by = { options: request.quantise, imatrix, blockCount: info.blockCount };
  const file = planCopy(model, request.output);
  const to = await planQuantised(file, by, { backend, scratchDir });
  requireQuantisable(to, by);
  const { selectionId = null, madeFor } = request;
  const row = async (): Promise<ExportedPlan> => {
    const source = matrix && (await imatrixSource(matrix, request.imatrixRun));
    const how = { grouping: 'ungrouped' as const, activeExperts: null, chosenBy: null, imatrix: source };
    const made = { quantised: quantisedAs(request.quantise, request.imatrix), how };
    return {
      keep: info.nExpert,
      selectionHash: selectionId === null ? null : writtenHash(info, kept, made),
      selectionId,
      // the domain of the matrix decides which weights keep the most precision
      domains: request.imatrixRun === undefined ? [] : [requireRun(store, request.imatrixRun).run.domain],
      ...(madeFor !== undefined && { madeFor }),
      ...made,
    };
  };
  const writing = { model, stored: knownModel(store, info), file, bytes: to.bytes, by, plan: row };
  return { ...(await writeAndRecord(writing, request, context, backend, task)), types: bytesOfTypes(to) };
}

/** Writes a file and records the export; of a dry run, only the name and the room for it are checked. */
async function writeAndRecord(
  { model, stored, file, bytes, by, plan }: Writing,
  { dryRun, overwrite }: PruneRequest | QuantiseRequest | WithMatrix,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<WrittenModel> {
  const { path } = file;
  const { info: source } = model;
  if (dryRun) {
    await checkName(file, overwrite);
    await requireSpace(dirname(path), [bytes]);
    return { path, bytes, sha256: null, exportId: null, seconds: 0, fullBytes: source.bytes };
  }
  const row = { stored, source, plan: await plan(), path, overwrite, backend };
  const written = await recordExport(row, context, task, (options) =>
    by ? writeQuantised(file, by, { ...options, scratchDir: context.scratchDir }) : writeGguf(file, options),
  );
  return { ...written, fullBytes: source.bytes };
}

/** The plan as the row of a pruned file keeps it. */
function exportedPlan(
  { quantise, imatrix, width, madeFor }: WithMatrix,
  { info, options, keep, source }: PlannedExport,
  matrix: ImatrixSource | null,
): ExportedPlan {
  const settings = source && readSettings(source);
  const activeExperts = options.activeExperts ?? null;
  const { grouping = 'ungrouped' } = options;
  const quantisedBy = quantise && quantisedAs(quantise, imatrix);
  const how = { grouping, activeExperts, width: width ?? null, imatrix: matrix, chosenBy: source?.id ?? null };
  const rule = settings?.selection?.keep;
  const fitted = madeFor ?? (rule?.kind === 'fit' ? { bytes: rule.bytes, ctx: rule.ctx } : undefined);
  return {
    keep,
    selectionHash: writtenHash(info, options.kept, { how, quantised: quantisedBy }),
    // a selection with another number of active experts tells how the experts were chosen, but it is a different choice
    selectionId: source && settings?.activeExperts === activeExperts ? source.id : null,
    domains: settings?.demos.map(({ domain }) => domain) ?? [],
    ...(quantisedBy && { quantised: quantisedBy }),
    ...(fitted && { madeFor: fitted }),
    how,
  };
}
