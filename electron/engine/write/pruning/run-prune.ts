// The prune use case: a model and the experts to keep in, a verified smaller GGUF out.
import type { KeptExperts } from '../../../contract/kept-experts.ts';
import type { PruneRequest } from '../../../contract/requests.ts';
import { inEnglish } from '../../../contract/sentences.ts';
import { Backend } from '../../base/backend/backend.ts';
import { requireOpenFiles } from '../../base/backend/open-files.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { identifying } from '../../models/identifying.ts';
import type { Task } from '../../store/task.ts';
import { refuseInputAsOutput } from '../../base/files/user-files.ts';
import { inspectLoadable } from '../../models/check-load.ts';
import { activeExpertsOf } from './provenance.ts';
import { writtenHash } from '../../experts/selection/known-model.ts';
import { selectionSettingsSchema } from '../../experts/selection/selection-settings.ts';
import { quantisedAs, type ExportedPlan, type ImatrixSource } from '../../store/exports.ts';
import { checkImatrix } from './imatrix-file.ts';
import { matrixRunBehind } from './matrix-run.ts';
import { imatrixSource } from './imatrix.ts';
import { planExport, prepareExport, withNeurons, type PlannedExport } from './plan-export.ts';
import type { PlannedFile } from './planned-file.ts';
import type { Quantiser } from './quantiser.ts';
import { recordExport } from './recorded-export.ts';
import { settleInterruptedExports } from './settle-interrupted.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { checkNames, checkSpace } from './target-checks.ts';
import { writeGgufFiles, type WrittenFile } from './write-gguf.ts';

export type PruneOutcome = {
  /** Its row; null after a dry run. */
  readonly exportId: number | null;
  readonly keep: number;
  readonly kept: KeptExperts;
  /** The model's files; planned ones without hash after a dry run. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string | null }[];
  readonly imatrix: WrittenFile | null;
  /** That has collected the importance matrix; null: none, or it is a file from elsewhere. */
  readonly imatrixRun: number | null;
  readonly bytes: number;
  readonly fullBytes: number;
  readonly seconds: number;
  readonly warnings: readonly string[];
};

/** A request whose matrix is a file. */
type WithMatrix = Omit<PruneRequest, 'imatrixRun'> & { readonly imatrixRun?: number | undefined };

/** All that is settled of a request before an importance matrix is made for it. */
type PreparedPrune = { readonly plan: PlannedExport; readonly imatrixRun: number | undefined };

/**
 * @param backend a worker
 * @throws WinnowError of inspecting, of the mask and of planning; as `matrixRunBehind`
 */
export async function preparePrune(
  request: PruneRequest,
  context: EngineContext,
  backend: Backend,
  task: Task,
): Promise<PreparedPrune> {
  const model = await inspectLoadable(request.model, backend, identifying(context, task));
  await refuseInputs(request);
  if (!request.dryRun) await settleInterruptedExports(context, task.signal);
  const plan = await planExport(request, model, context.store, backend, task.signal);
  plan.warnings.forEach((warning) => task.log(inEnglish(warning)));
  const { imatrixRun } = request;
  return { plan, imatrixRun: imatrixRun === 'own' ? matrixRunBehind(context.store, plan.source) : imatrixRun };
}

/** Prepares and writes. @throws WinnowError as `preparePrune` and `writePrepared` */
export async function runPrune(
  request: PruneRequest,
  context: EngineContext,
  task: Task,
  quantiser: Quantiser,
): Promise<PruneOutcome> {
  using backend = new Backend('off', context.host);
  const prepared = await preparePrune(request, context, backend, task);
  return await writePrepared(
    { ...request, imatrixRun: prepared.imatrixRun },
    prepared,
    context,
    backend,
    task,
    quantiser,
  );
}

/** @throws WinnowError of the importance matrix, of quantising and of writing */
export async function writePrepared(
  request: WithMatrix,
  prepared: PreparedPrune,
  context: EngineContext,
  backend: Backend,
  task: Task,
  quantiser: Quantiser,
): Promise<PruneOutcome> {
  const { model } = prepared.plan;
  const warnings = prepared.plan.warnings.map(inEnglish);
  const matrix = request.imatrix === undefined ? null : await checkImatrix(request.imatrix, model, backend, task);
  await using scratch = request.width === undefined ? null : await makeScratchFolder(context.scratchDir, 'width');
  const plan =
    scratch === null || request.dryRun
      ? prepared.plan
      : await withNeurons(request, prepared.plan, matrix, { folder: scratch.path, backend, signal: task.signal });
  const { files, bytes, quantised } = await prepareExport(request, plan, matrix, backend, quantiser);
  const own = quantised ? files : files.slice(0, plan.files.length);
  requireOpenFiles(own.map(({ path }) => path));
  const imatrixRun = request.imatrixRun ?? null;
  const outcome = { keep: plan.keep, kept: plan.options.kept, imatrixRun, fullBytes: plan.info.bytes, warnings };
  if (quantised) quantiser.require(quantised.plan, quantised.by);
  if (request.dryRun) {
    await checkNames(files, request.overwrite);
    const planned = own.map(({ path }, i) => ({ path, bytes: bytes[i] ?? 0, sha256: null }));
    await checkSpace(files, bytes);
    const sum = planned.reduce((total, file) => total + file.bytes, 0);
    return { ...outcome, exportId: null, files: planned, imatrix: null, bytes: sum, seconds: 0 };
  }

  const imatrix = matrix && imatrixSource(matrix, request.imatrixRun);
  const exportedPlan = exported(request, plan, { files, imatrix });
  const row = { stored: plan.stored, source: model.info, plan: exportedPlan, files: own, overwrite: request.overwrite };
  const { others, ...written } = await recordExport({ ...row, backend }, context, task, (options) =>
    quantised ? quantiser.write(files, quantised.by, options) : writeGgufFiles(files, options),
  );
  return { ...outcome, ...written, imatrix: others[0] ?? null };
}

/** @throws WinnowError USAGE: an output is the mask, the recipe, the importance matrix or the calibration */
export async function refuseInputs(request: PruneRequest): Promise<void> {
  const inputs = [request.mask, request.recipe, request.imatrix, request.calibration].filter(
    (path) => path !== undefined,
  );
  for (const output of [request.output, request.imatrixOut].filter((path) => path !== undefined)) {
    await refuseInputAsOutput(output, inputs);
  }
}

/** What the export's row says for ever of the plan. */
function exported(
  { quantise, imatrix, nextn, split, splitMax, allowFewerUsed, width }: WithMatrix,
  { info, options, keep, source }: PlannedExport,
  written: { readonly files: readonly PlannedFile[]; readonly imatrix: ImatrixSource | null },
): ExportedPlan {
  const settings = selectionSettingsSchema.safeParse(source?.settings);
  const activeExperts = options.activeExperts ?? null;
  const { grouping = 'ungrouped' } = options;
  const calibrated = options.calibration?.facts;
  const quantised = quantise && quantisedAs(quantise, imatrix);
  const how = {
    grouping,
    activeExperts,
    lowerUsed: allowFewerUsed,
    width: width ?? null,
    nextn,
    split,
    splitMax: splitMax ?? null,
    imatrix: written.imatrix,
    chosenBy: source?.id ?? null,
  };
  return {
    keep,
    files: written.files.map(({ path }) => path),
    selectionHash: writtenHash(info, options.kept, { how, calibrated, quantised }),
    // one with other active experts says what the experts were chosen by, but is another choice
    selectionId: source && activeExpertsOf(source) === activeExperts ? source.id : null,
    domains: settings.success ? settings.data.demos.map(({ domain }) => domain) : [],
    ...(quantised && { quantised }),
    ...(calibrated && { calibrated }),
    how,
  };
}
