// The prune use case: takes a model and the experts to keep, and writes a verified, smaller GGUF.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { PruneRequest } from '../../../contract/requests.ts';
import { inEnglish } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { Task } from '../../store/task.ts';
import { refuseInputAsOutput } from '../../base/files/user-files.ts';
import { inspectLoadable } from '../../models/check-load.ts';
import { activeExpertsOf, matrixRunBehind } from '../pruning/provenance.ts';
import { writtenHash } from '../../experts/selection/known-model.ts';
import { selectionSettingsSchema } from '../../experts/selection/selection.ts';
import { quantisedAs, type ExportedPlan, type ImatrixSource } from '../../store/exports.ts';
import type { StoredSelection } from '../../store/selections.ts';
import { checkImatrix, imatrixSource } from '../pruning/imatrix-file.ts';
import { type PlannedExport, planExport, prepareExport, withNeurons } from './plan-export.ts';
import { requireQuantisable } from '../quantising/planned-quantised.ts';
import { writeQuantised } from '../quantising/write-quantised.ts';
import { recordExport, settleInterruptedExports } from './recorded-export.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { checkName, checkSpace } from '../pruning/target-checks.ts';
import { type WrittenFile, writeGguf } from '../pruning/write-gguf.ts';
import { withRunMatrix } from '../pruning/write-importance.ts';
import { identifying } from '../../models/identity.ts';

/** `sha256`: null after a dry run. */
export type WrittenModel = Omit<WrittenFile, 'sha256'> & { readonly sha256: string | null };

export type PruneOutcome = WrittenModel & {
  /** Row of the export; null: a dry run. */
  readonly exportId: number | null;
  readonly keep: number;
  readonly kept: KeptExperts;
  /** The run that collected the importance matrix; null: no matrix, or one from a file. */
  readonly imatrixRun: number | null;
  readonly fullBytes: number;
  readonly seconds: number;
  readonly warnings: readonly string[];
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
    writePlanned(by, plan, context, backend, task),
  );
  return { ...written, chosenBy: plan.source };
}

async function writePlanned(
  request: WithMatrix,
  planned: PlannedExport,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<PruneOutcome> {
  const { model } = planned;
  const warnings = planned.warnings.map(inEnglish);
  const isUsed = request.quantise !== undefined || request.width !== undefined;
  const matrix =
    request.imatrix === undefined || !isUsed ? null : await checkImatrix(request.imatrix, model, backend, task);
  await using scratch = request.width === undefined ? null : await makeScratchFolder(context.scratchDir, 'width');
  const plan =
    scratch === null || request.dryRun
      ? planned
      : await withNeurons(request, planned, matrix, { folder: scratch.path, backend, signal: task.signal });
  const { bytes, quantised } = await prepareExport(request.quantise, plan, matrix, backend, context.scratchDir);
  const { file } = plan;
  const imatrixRun = request.imatrixRun ?? null;
  const outcome = { keep: plan.keep, kept: plan.options.kept, imatrixRun, fullBytes: plan.info.bytes, warnings };
  if (quantised) requireQuantisable(quantised.plan, quantised.by);
  if (request.dryRun) {
    await checkName(file, request.overwrite);
    await checkSpace(file.path, bytes);
    return { ...outcome, exportId: null, path: file.path, bytes, sha256: null, seconds: 0 };
  }

  const imatrix = matrix && (await imatrixSource(matrix, request.imatrixRun));
  const { path } = file;
  const { overwrite } = request;
  const row = { stored: plan.stored, source: model.info, plan: exported(request, plan, imatrix), path, overwrite };
  const written = await recordExport({ ...row, backend }, context, task, (options) =>
    quantised
      ? writeQuantised(file, quantised.by, { ...options, scratchDir: context.scratchDir })
      : writeGguf(file, options),
  );
  return { ...outcome, ...written };
}

/** @throws WinnowError USAGE: the output is the choice or importance matrix */
export async function refuseInputs(request: PruneRequest): Promise<void> {
  const inputs = [request.choice, request.imatrix].filter((path) => path !== undefined);
  await refuseInputAsOutput(request.output, inputs);
}

/** The plan as the export's row keeps it. */
function exported(
  { quantise, imatrix, width, madeFor }: WithMatrix,
  { info, options, keep, source }: PlannedExport,
  matrix: ImatrixSource | null,
): ExportedPlan {
  const settings = selectionSettingsSchema.safeParse(source?.settings);
  const activeExperts = options.activeExperts ?? null;
  const { grouping = 'ungrouped' } = options;
  const quantised = quantise && quantisedAs(quantise, imatrix);
  const how = {
    grouping,
    activeExperts,
    width: width ?? null,
    imatrix: matrix,
    chosenBy: source?.id ?? null,
  };
  const asked = settings.data?.selection?.keep;
  const fitted = madeFor ?? (asked?.kind === 'fit' ? { bytes: asked.bytes, ctx: asked.ctx } : undefined);
  return {
    keep,
    selectionHash: writtenHash(info, options.kept, { how, quantised }),
    // a selection with another number of active experts tells how the experts were chosen, but it is a different choice
    selectionId: source && activeExpertsOf(source) === activeExperts ? source.id : null,
    domains: settings.success ? settings.data.demos.map(({ domain }) => domain) : [],
    ...(quantised && { quantised }),
    ...(fitted && { madeFor: fitted }),
    how,
  };
}
