// The prune use case: takes a model and the experts to keep, and writes a verified, smaller GGUF.
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
import type { StoredSelection } from '../../store/selections.ts';
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
import { withRunMatrix } from './write-importance.ts';

export type PruneOutcome = {
  /** Row of the export; null: a dry run. */
  readonly exportId: number | null;
  readonly keep: number;
  readonly kept: KeptExperts;
  /** The model's files; after a dry run, the planned ones without hashes. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string | null }[];
  readonly imatrix: WrittenFile | null;
  /** The run that collected the importance matrix; null: no matrix, or one from a file. */
  readonly imatrixRun: number | null;
  readonly bytes: number;
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
  quantiser: Quantiser,
): Promise<PruneOutcome & { readonly chosenBy: StoredSelection | null }> {
  using backend = new Backend('off', context.host);
  const model = await inspectLoadable(request.model, backend, identifying(context, task));
  await refuseInputs(request);
  if (!request.dryRun) await settleInterruptedExports(context, task.signal);
  const plan = await planExport(request, model, context.store, task.signal);
  plan.warnings.forEach((warning) => task.log(inEnglish(warning)));
  const imatrixRun = request.imatrixRun === 'own' ? matrixRunBehind(context.store, plan.source) : request.imatrixRun;
  const written = await withRunMatrix({ ...request, imatrixRun }, context, task.signal, (by) =>
    writePlanned(by, plan, context, backend, task, quantiser),
  );
  return { ...written, chosenBy: plan.source };
}

async function writePlanned(
  request: WithMatrix,
  planned: PlannedExport,
  context: EngineContext,
  backend: Backend,
  task: Task,
  quantiser: Quantiser,
): Promise<PruneOutcome> {
  const { model } = planned;
  const warnings = planned.warnings.map(inEnglish);
  const matrix = request.imatrix === undefined ? null : await checkImatrix(request.imatrix, model, backend, task);
  await using scratch = request.width === undefined ? null : await makeScratchFolder(context.scratchDir, 'width');
  const plan =
    scratch === null || request.dryRun
      ? planned
      : await withNeurons(request, planned, matrix, { folder: scratch.path, backend, signal: task.signal });
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

  const imatrix = matrix && (await imatrixSource(matrix, request.imatrixRun));
  const exportedPlan = exported(request, plan, { files, imatrix });
  const row = { stored: plan.stored, source: model.info, plan: exportedPlan, files: own, overwrite: request.overwrite };
  const { others, ...written } = await recordExport({ ...row, backend }, context, task, (options) =>
    quantised ? quantiser.write(files, quantised.by, options) : writeGgufFiles(files, options),
  );
  return { ...outcome, ...written, imatrix: others[0] ?? null };
}

/** Refuses outputs that are inputs. @throws WinnowError USAGE: an output is the choice or importance matrix */
export async function refuseInputs(request: PruneRequest): Promise<void> {
  const inputs = [request.choice, request.imatrix].filter((path) => path !== undefined);
  for (const output of [request.output, request.imatrixOut].filter((path) => path !== undefined)) {
    await refuseInputAsOutput(output, inputs);
  }
}

/** The plan as the export's row keeps it. */
function exported(
  { quantise, imatrix, nextn, split, splitMax, allowFewerUsed, width, madeFor }: WithMatrix,
  { info, options, keep, source }: PlannedExport,
  written: { readonly files: readonly PlannedFile[]; readonly imatrix: ImatrixSource | null },
): ExportedPlan {
  const settings = selectionSettingsSchema.safeParse(source?.settings);
  const activeExperts = options.activeExperts ?? null;
  const { grouping = 'ungrouped' } = options;
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
  const asked = settings.data?.selection?.keep;
  const fitted = madeFor ?? (asked?.kind === 'fit' ? { bytes: asked.bytes, ctx: asked.ctx } : undefined);
  return {
    keep,
    files: written.files.map(({ path }) => path),
    selectionHash: writtenHash(info, options.kept, { how, quantised }),
    // a selection with another number of active experts tells how the experts were chosen, but it is a different choice
    selectionId: source && activeExpertsOf(source) === activeExperts ? source.id : null,
    domains: settings.success ? settings.data.demos.map(({ domain }) => domain) : [],
    ...(quantised && { quantised }),
    ...(fitted && { madeFor: fitted }),
    how,
  };
}
