// Cleans up after exports of killed processes: removes temporary files, and gives complete files their names.
import { rm } from 'node:fs/promises';
import type { EngineContext } from '../../store/engine-context.ts';
import {
  finishExport,
  listExports,
  markInterruptedExports,
  noteSettled,
  type StoredExport,
} from '../../store/exports.ts';
import { exists } from '../../base/files/user-files.ts';
import { takeName } from '../../base/files/windows.ts';
import { hashOfFile } from '../../models/identity.ts';
import { interruptOwn } from '../../store/owner.ts';

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
