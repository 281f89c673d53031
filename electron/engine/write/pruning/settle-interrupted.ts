// Cleans up after exports of killed processes: removes temporary files, and gives complete files their names.
import { rm } from 'node:fs/promises';
import type { EngineContext } from '../../store/engine-context.ts';
import {
  finishExport,
  forgetVerified,
  listExports,
  markInterruptedExports,
  noteWritten,
  type StoredExport,
} from '../../store/exports.ts';
import { exists } from '../../base/files/user-files.ts';
import { takeName } from '../../base/files/windows.ts';
import { hashOfFile } from '../../models/identity.ts';
import { interruptOwn } from '../../store/owner.ts';
import { partialPath } from './planned-file.ts';

/**
 * Settles interrupted exports. One that was killed after its files were read back, but before it was recorded as done, becomes
 * done; of every other one nothing is left.
 */
export async function settleInterruptedExports({ store }: EngineContext, signal: AbortSignal): Promise<void> {
  markInterruptedExports(store);
  // a process writes one file at a time
  interruptOwn(store, 'exports');
  const rows = listExports(store);
  // a file that another process is writing now is not a leftover
  const busy = new Set(rows.filter(({ state }) => state === 'running').flatMap(({ plan }) => plan.files));
  for (const row of rows.filter(
    ({ state, plan }) =>
      state === 'interrupted' && plan.written === undefined && !plan.files.some((path) => busy.has(path)),
  )) {
    const { id, bytes, sha256, seconds, fingerprint } = row;
    if (bytes !== null && sha256 !== null && seconds !== null) {
      if (await nameVerified(row, sha256, signal)) {
        finishExport(store, id, {
          state: 'done',
          bytes,
          sha256,
          seconds,
          ...(fingerprint !== null && { fingerprint }),
        });
        continue;
      }
      forgetVerified(store, id);
    }
    await Promise.all(row.plan.files.map((path) => rm(partialPath(path), { force: true })));
    // files found under these names from now on belong to others
    noteWritten(store, id, []);
  }
}

/** Gives their names to the files that are still under partial ones. @returns false: they are not the files that were written */
async function nameVerified({ plan }: StoredExport, sha256: string, signal: AbortSignal): Promise<boolean> {
  const waiting: string[] = [];
  for (const path of plan.files) {
    const [isNamed, isPartial] = await Promise.all([exists(path), exists(partialPath(path))]);
    // both exist: another file has taken the name; neither: it is gone
    if (isNamed === isPartial) return false;
    if (isPartial) waiting.push(path);
  }
  const [first] = plan.files;
  if (first === undefined) return false;
  const path = waiting.includes(first) ? partialPath(first) : first;
  if ((await hashOfFile(path, { signal })) !== sha256) return false;
  for (const name of waiting) await takeName(partialPath(name), name);
  return true;
}
