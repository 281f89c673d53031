// Writes a file and records the export in the database: when it begins, when the file is verified, how it ends, and what a killed process left of it.
import { rm, stat } from 'node:fs/promises';
import { WinnowError, saidBy } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { type Task, endedEarly } from '../../store/task.ts';
import { fileState } from '../../base/files/file-state.ts';
import { unfinishedPath } from '../../base/files/unfinished.ts';
import { repairedHash } from '../../experts/selection/selection.ts';
import { requireLoadable } from '../../models/check-load.ts';
import { type IdentifiedInfo, hashOfFile, requireUnchanged } from '../../models/identity.ts';
import {
  type ExportedPlan,
  type StoredExport,
  finishExport,
  getExport,
  listExports,
  markInterruptedExports,
  noteInPlan,
  noteSettled,
  noteVerified,
  startExport,
} from '../../store/exports.ts';
import { hashJson } from '../../base/files/canonical-json.ts';
import type { StoredModel } from '../../store/models.ts';
import type { WriteOptions, WrittenFile } from '../pruning/write-gguf.ts';
import { exists } from '../../base/files/user-files.ts';
import { takeName } from '../../base/files/windows.ts';
import { interruptOwn } from '../../store/owner.ts';

type RecordedExport = WrittenFile & { readonly exportId: number; readonly seconds: number };

type Recorded = {
  readonly stored: StoredModel;
  /** The source model. */
  readonly source: IdentifiedInfo;
  readonly plan: ExportedPlan;
  readonly path: string;
  readonly overwrite: boolean;
  readonly backend: Backend;
};

/**
 * Writes an export and records it.
 * @throws WinnowError as `write`; TARGET_UNWRITABLE: another process is writing the file; VERIFY_FAILED:
 *   llama.cpp does not load it; MODEL_CHANGED: the source was changed meanwhile
 */
export async function recordExport(
  { stored, source, plan, path, overwrite, backend }: Recorded,
  { store }: EngineContext,
  task: Task,
  write: (options: WriteOptions) => Promise<WrittenFile>,
): Promise<RecordedExport> {
  const begun = task.rows.exportId === undefined ? undefined : getExport(store, task.rows.exportId);
  if (begun?.state === 'done' && begun.sha256 !== null && (await isStillThere(begun, plan, path))) {
    // the job was queued again after an export that was complete except for its job's record
    const { id: exportId, sha256, seconds } = begun;
    return { exportId, path, bytes: (await stat(path)).size, sha256, seconds: seconds ?? 0 };
  }
  const started = performance.now();
  const unfinished = unfinishedPath(path);
  const entry = startExport(store, stored.id, { ...plan, unfinished }, path);
  task.about({ exportId: entry.id });
  const figures = ({ bytes, sha256 }: WrittenFile) => ({
    bytes,
    sha256,
    seconds: (performance.now() - started) / 1000,
  });
  try {
    const written = await write({
      backend,
      overwrite,
      unfinished,
      signal: task.signal,
      onProgress: (done, total) => task.progress(done, total, 'bytes'),
      onPhase: (phase) => task.about({ step: { key: phase, done: 0, total: 0 } }),
      verifyFile: async (at) => {
        await requireUnchanged(source);
        await requireWhole(path, at, backend);
      },
      onVerified: (verified) => noteVerified(store, entry.id, figures(verified)),
    });
    const outcome = figures(written);
    finishExport(store, entry.id, { state: 'done', ...outcome });
    noteInPlan(store, entry.id, 'state', await fileState(path));
    return { exportId: entry.id, path, ...outcome };
  } catch (error) {
    finishExport(store, entry.id, { state: endedEarly(task.signal) });
    throw error;
  }
}

/** Whether a stored export equals the planned one, repaired since or not, and its file still exists. */
async function isStillThere({ plan: then, outputPath }: StoredExport, plan: ExportedPlan, path: string) {
  const { selectionHash: hash } = plan;
  const planned = then.repaired && hash !== null ? repairedHash(hash, then.repaired) : hash;
  return (
    outputPath === path &&
    then.selectionHash === planned &&
    hashJson(then.quantised ?? null) === hashJson(plan.quantised ?? null) &&
    (await fileState(path)) !== null
  );
}

/** Requires that llama.cpp loads the written file. @param at where it lies now @throws WinnowError VERIFY_FAILED */
async function requireWhole(path: string, at: string, backend: Backend): Promise<void> {
  try {
    await requireLoadable({ path: at, parts: [at] }, backend);
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'GGUF_CORRUPT') throw error;
    throw new WinnowError('VERIFY_FAILED', msg('exportNotLoaded', { path, reason: saidBy(error) }), { path }, error);
  }
}

/**
 * Settles interrupted exports. One that was killed after its file was read back, but before it was recorded as done, becomes
 * done; of every other one nothing is left.
 */
export async function settleInterruptedExports({ store }: EngineContext, signal: AbortSignal): Promise<void> {
  markInterruptedExports(store);
  // a process writes one file at a time
  interruptOwn(store, 'exports');
  for (const row of listExports(store)) {
    const { id, bytes, sha256, seconds, plan } = row;
    if (row.state !== 'interrupted' || plan.unfinished === undefined) continue;
    if (bytes !== null && sha256 !== null && seconds !== null) {
      if (await nameVerified(row, plan.unfinished, sha256, signal)) {
        finishExport(store, id, { state: 'done', bytes, sha256, seconds });
        continue;
      }
    }
    await rm(plan.unfinished, { force: true });
    noteSettled(store, id);
  }
}

/** Gives its name to the file, if it does not have it yet. @returns false: it is not the file that was written */
async function nameVerified(
  { outputPath }: StoredExport,
  unfinished: string,
  sha256: string,
  signal: AbortSignal,
): Promise<boolean> {
  const [isNamed, isWaiting] = await Promise.all([exists(outputPath), exists(unfinished)]);
  // both exist: another file has taken the name; neither: it is gone
  if (isNamed === isWaiting) return false;
  if ((await hashOfFile(isWaiting ? unfinished : outputPath, { signal })) !== sha256) return false;
  if (isWaiting) await takeName(unfinished, outputPath);
  return true;
}
