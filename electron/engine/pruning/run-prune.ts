// The prune use case: a model and the experts to keep in, a verified smaller GGUF out.
import { stat } from 'node:fs/promises';
import { WinnowError } from '../../contract/errors.ts';
import type { PruneRequest } from '../../contract/requests.ts';
import { Backend } from '../backend/backend.ts';
import { requireOpenFiles } from '../backend/open-files.ts';
import type { EngineContext } from '../context/engine-context.ts';
import { endedEarly, type Task } from '../context/task.ts';
import { refuseInputAsOutput } from '../files/user-files.ts';
import { inspectLoadable, requireLoadableFiles } from '../models/check-load.ts';
import { selectionHash } from '../selection/selection-hash.ts';
import { selectionSettingsSchema } from '../selection/selection-settings.ts';
import { finishExport, getExport, noteVerified, startExport, type ExportedPlan } from '../store/exports.ts';
import { planExport, planRequestedImatrix, type PlannedExport } from './plan-export.ts';
import type { PlannedFile } from './planned-file.ts';
import { settleInterruptedExports } from './settle-interrupted.ts';
import { checkNames, checkSpace } from './target-checks.ts';
import { partialPath, plannedBytes, writeGgufFiles, type WrittenFile } from './write-gguf.ts';

export type PruneOutcome = {
  /** Its row; null after a dry run. */
  readonly exportId: number | null;
  readonly keep: number;
  readonly kept: readonly (readonly number[])[];
  /** The model's files; planned ones without hash after a dry run. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string | null }[];
  readonly imatrix: WrittenFile | null;
  readonly bytes: number;
  readonly fullBytes: number;
  readonly seconds: number;
  readonly warnings: readonly string[];
};

/**
 * @throws WinnowError of inspecting, of the mask, of planning and of writing
 */
export async function runPrune(request: PruneRequest, context: EngineContext, task: Task): Promise<PruneOutcome> {
  using backend = new Backend('off', context.host);
  const model = await inspectLoadable(request.model, backend);
  await refuseInputs(request);
  if (!request.dryRun) await settleInterruptedExports(context, task.signal);
  const plan = await planExport(request, model, context.store);
  plan.warnings.forEach((warning) => task.log(warning));
  const imatrix = await planRequestedImatrix(request, plan, backend);
  const files = [...plan.files, ...(imatrix ? [imatrix] : [])];
  requireOpenFiles(plan.files.map(({ path }) => path));
  const outcome = { keep: plan.keep, kept: plan.options.kept, fullBytes: plan.info.bytes, warnings: plan.warnings };
  if (request.dryRun) {
    await checkNames(files, request.overwrite);
    const planned = [];
    for (const file of plan.files) {
      planned.push({ path: file.path, bytes: await plannedBytes(file, backend), sha256: null });
    }
    const bytes = planned.reduce((sum, file) => sum + file.bytes, 0);
    await checkSpace(files, [bytes]);
    return { ...outcome, exportId: null, files: planned, imatrix: null, bytes, seconds: 0 };
  }

  const begun = task.rows.exportId === undefined ? undefined : getExport(context.store, task.rows.exportId);
  if (begun?.state === 'done') {
    // queued again, it was complete but for a note of it
    const own = await Promise.all(
      plan.files.map(async ({ path }, i) => ({
        path,
        bytes: (await stat(path)).size,
        sha256: i === 0 ? begun.sha256 : null,
      })),
    );
    return {
      ...outcome,
      exportId: begun.id,
      files: own,
      imatrix: null,
      bytes: begun.bytes ?? 0,
      seconds: begun.seconds ?? 0,
    };
  }
  const started = performance.now();
  const entry = startExport(context.store, plan.stored.id, exported(plan, files), files[0]?.path ?? request.output);
  task.about({ exportId: entry.id });
  const figures = (written: readonly WrittenFile[]) => {
    const own = written.slice(0, plan.files.length);
    const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
    return { own, bytes, sha256: own[0]?.sha256 ?? '', seconds: (performance.now() - started) / 1000 };
  };
  try {
    const written = await writeGgufFiles(files, {
      backend,
      overwrite: request.overwrite,
      signal: task.signal,
      onProgress: (done, total) => task.progress(done, total, 'bytes'),
      onPhase: (phase) => task.about({ step: { key: phase, done: 0, total: 0 } }),
      verifyFiles: () => requireWhole(plan.files, backend),
      onVerified: (verified) => noteVerified(context.store, entry.id, figures(verified)),
    });
    const { own, bytes, sha256, seconds } = figures(written);
    finishExport(context.store, entry.id, { state: 'done', bytes, sha256, seconds });
    return { ...outcome, exportId: entry.id, files: own, imatrix: written[plan.files.length] ?? null, bytes, seconds };
  } catch (error) {
    finishExport(context.store, entry.id, { state: endedEarly(task.signal) });
    throw error;
  }
}

/** llama.cpp loads what was written, as it lies there. @throws WinnowError VERIFY_FAILED */
async function requireWhole(files: readonly PlannedFile[], backend: Backend): Promise<void> {
  const parts = files.map(({ path }) => partialPath(path));
  const [path = ''] = files.map((file) => file.path);
  try {
    await requireLoadableFiles({ path: parts[0] ?? '', parts }, backend);
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'GGUF_CORRUPT') throw error;
    throw new WinnowError(
      'VERIFY_FAILED',
      `${path} was written as planned, but llama.cpp does not load it, so it was removed: ${error.message}`,
      { path },
      error,
    );
  }
}

/** @throws WinnowError USAGE: an output is the mask, the recipe or the importance matrix */
export async function refuseInputs(request: PruneRequest): Promise<void> {
  const inputs = [request.mask, request.recipe, request.imatrix].filter((path) => path !== undefined);
  for (const output of [request.output, request.imatrixOut].filter((path) => path !== undefined)) {
    await refuseInputAsOutput(output, inputs);
  }
}

/** What the export's row says for ever of the plan. */
function exported({ info, options, keep, source }: PlannedExport, files: readonly PlannedFile[]): ExportedPlan {
  const settings = selectionSettingsSchema.safeParse(source?.settings);
  return {
    keep,
    files: files.map(({ path }) => path),
    selectionHash: selectionHash(info, options.kept, options.grouping ?? 'ungrouped'),
    selectionId: source?.id ?? null,
    domains: settings.success ? settings.data.demos.map(({ domain }) => domain) : [],
  };
}
