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

/**
 * Settles interrupted exports. One that was killed after its files were read back, but before it was recorded as done, becomes
 * done; of every other one nothing is left.
 */
export async function settleInterruptedExports({ store }: EngineContext, signal: AbortSignal): Promise<void> {
  markInterruptedExports(store);
  // a process writes one file at a time
  interruptOwn(store, 'exports');
  for (const row of listExports(store)) {
    if (row.state !== 'interrupted' || row.plan.written !== undefined) continue;
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
    await Promise.all((row.plan.unfinished ?? []).map((path) => rm(path, { force: true })));
    noteWritten(store, id, []);
  }
}

/** Gives their names to the files that do not have them yet. @returns false: they are not the files that were written */
async function nameVerified({ plan }: StoredExport, sha256: string, signal: AbortSignal): Promise<boolean> {
  const places = plan.files.map((path, i) => ({ path, unfinished: plan.unfinished?.[i] ?? '' }));
  const waiting: typeof places = [];
  for (const place of places) {
    const [isNamed, isWaiting] = await Promise.all([exists(place.path), exists(place.unfinished)]);
    // both exist: another file has taken the name; neither: it is gone
    if (isNamed === isWaiting) return false;
    if (isWaiting) waiting.push(place);
  }
  const [first] = places;
  if (first === undefined) return false;
  const path = waiting.includes(first) ? first.unfinished : first.path;
  if ((await hashOfFile(path, { signal })) !== sha256) return false;
  for (const { path: name, unfinished } of waiting) await takeName(unfinished, name);
  return true;
}
