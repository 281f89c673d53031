// Writes files and records the export in the database: when it begins, when its files are verified, and how it ends.
import { stat } from 'node:fs/promises';
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { endedEarly, type Task } from '../../store/task.ts';
import { fileState } from '../../base/files/file-state.ts';
import { unfinishedPath } from '../../base/files/unfinished.ts';
import { requireLoadable } from '../../models/check-load.ts';
import { repairedHash } from '../../experts/selection/selection.ts';
import { fingerprintOfParts, requireUnchanged, type IdentifiedInfo } from '../../models/identity.ts';
import {
  finishExport,
  getExport,
  noteVerified,
  noteWritten,
  startExport,
  type ExportedPlan,
  type StoredExport,
} from '../../store/exports.ts';
import { hashJson } from '../../store/json.ts';
import type { StoredModel } from '../../store/models.ts';
import type { PlannedFile } from './planned-file.ts';
import type { WriteOptions, WrittenFile } from './write-gguf.ts';

type RecordedExport = {
  readonly exportId: number;
  /** The model's own files; of an export that was already complete only the first hash is known. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string | null }[];
  /** Other files that were written beside them. */
  readonly others: readonly WrittenFile[];
  readonly bytes: number;
  readonly seconds: number;
};

type Recorded = {
  readonly stored: StoredModel;
  /** The source model. */
  readonly source: IdentifiedInfo;
  readonly plan: ExportedPlan;
  /** The model's own files. */
  readonly files: readonly Pick<PlannedFile, 'path'>[];
  readonly overwrite: boolean;
  readonly backend: Backend;
};

/**
 * Writes an export and records it.
 * @param write writes the files of the export in order, the model's own first
 * @throws WinnowError as `write`; TARGET_UNWRITABLE: another process is writing one of the files; VERIFY_FAILED:
 *   llama.cpp does not load them; MODEL_CHANGED: the source was changed meanwhile
 */
export async function recordExport(
  { stored, source, plan, files, overwrite, backend }: Recorded,
  { store }: Pick<EngineContext, 'store'>,
  task: Task,
  write: (options: WriteOptions) => Promise<readonly WrittenFile[]>,
): Promise<RecordedExport> {
  const begun = task.rows.exportId === undefined ? undefined : getExport(store, task.rows.exportId);
  if (begun?.state === 'done' && (await isStillThere(begun, plan, files))) {
    // the job was queued again after an export that was complete except for its job's record
    const own = await Promise.all(
      files.map(async ({ path }, i) => ({
        path,
        bytes: (await stat(path)).size,
        sha256: i === 0 ? begun.sha256 : null,
      })),
    );
    return { exportId: begun.id, files: own, others: [], bytes: begun.bytes ?? 0, seconds: begun.seconds ?? 0 };
  }
  const started = performance.now();
  const unfinished = plan.files.map(unfinishedPath);
  const entry = startExport(store, stored.id, { ...plan, unfinished }, files[0]?.path ?? '');
  task.about({ exportId: entry.id });
  const figures = (written: readonly WrittenFile[]) => {
    const own = written.slice(0, files.length);
    const bytes = own.reduce((sum, file) => sum + file.bytes, 0);
    const hashes = own.map((file) => file.sha256);
    const [sha256 = ''] = hashes;
    const seconds = (performance.now() - started) / 1000;
    return { own, bytes, sha256, fingerprint: fingerprintOfParts(hashes), seconds };
  };
  try {
    const written = await write({
      backend,
      overwrite,
      unfinished,
      signal: task.signal,
      onProgress: (done, total) => task.progress(done, total, 'bytes'),
      onPhase: (phase) => task.about({ step: { key: phase, done: 0, total: 0 } }),
      verifyFiles: async (parts) => {
        await requireUnchanged(source);
        await requireWhole(files, parts.slice(0, files.length), backend);
      },
      onVerified: (verified) => {
        const { own: _, ...outcome } = figures(verified);
        noteVerified(store, entry.id, outcome);
      },
    });
    const { own, ...outcome } = figures(written);
    finishExport(store, entry.id, { state: 'done', ...outcome });
    const notes = own.map(async ({ path, sha256: hash }) => ({ path, sha256: hash, state: await fileState(path) }));
    noteWritten(store, entry.id, await Promise.all(notes));
    const { bytes, seconds } = outcome;
    return { exportId: entry.id, files: own, others: written.slice(files.length), bytes, seconds };
  } catch (error) {
    finishExport(store, entry.id, { state: endedEarly(task.signal) });
    throw error;
  }
}

/** Whether a stored export equals the planned one, repaired since or not, and its files still exist. */
async function isStillThere(
  { plan: { files: names, selectionHash, quantised, repaired } }: StoredExport,
  plan: ExportedPlan,
  files: Recorded['files'],
): Promise<boolean> {
  const planned =
    repaired && plan.selectionHash !== null ? repairedHash(plan.selectionHash, repaired) : plan.selectionHash;
  if (selectionHash !== planned || hashJson(quantised ?? null) !== hashJson(plan.quantised ?? null)) return false;
  if (!files.every(({ path }) => names.includes(path))) return false;
  const states = await Promise.all(files.map(({ path }) => fileState(path)));
  return !states.includes(null);
}

/** Requires that llama.cpp loads the written files. @param parts where they lie now @throws WinnowError VERIFY_FAILED */
async function requireWhole(files: Recorded['files'], parts: readonly string[], backend: Backend): Promise<void> {
  const [path = ''] = files.map((file) => file.path);
  try {
    await requireLoadable({ path: parts[0] ?? '', parts: [...parts] }, backend);
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'GGUF_CORRUPT') throw error;
    throw new WinnowError('VERIFY_FAILED', say('exportNotLoaded', { path, reason: saidBy(error) }), { path }, error);
  }
}
