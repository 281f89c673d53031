// Replaces a file with its repaired version, even if the process is killed meanwhile.
import { readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { repairFactsSchema, type RepairFacts } from '../../../contract/repair.ts';
import { exists, writeTextFile } from '../../base/files/user-files.ts';
import { unfinishedPath } from '../../base/files/unfinished.ts';
import { takeName } from '../../base/files/windows.ts';
import { hashOfFile } from '../../models/identity.ts';
import { listExports, noteRepairing } from '../../store/exports.ts';
import type { Store } from '../../store/database.ts';
import type { WrittenFile } from '../pruning/write-gguf.ts';

/** File in the folder that is written once the repaired file is complete there. */
const READY = 'ready.json';
const readySchema = z.object({ facts: repairFactsSchema, bytes: z.int(), sha256: z.string() });

/** A file, and the folder beside it that holds the repaired one until it replaces it. */
export type Beside = { readonly folder: string; readonly path: string; readonly output: string };

/**
 * The folder and output for repairing an export's file. The export's row names the folder, so that an interrupted repair is found again;
 * what repairs of earlier files under the same name left is removed.
 */
export async function placeBeside(store: Store, exportId: number | null, path: string): Promise<Beside> {
  const rows = listExports(store).filter(({ outputPath }) => outputPath === path);
  const own = rows.find(({ id }) => id === exportId);
  for (const { id, plan } of rows) {
    if (id !== exportId && plan.repairing !== undefined) await rm(plan.repairing, { recursive: true, force: true });
  }
  const folder = own?.plan.repairing ?? unfinishedPath(path);
  if (own) noteRepairing(store, own.id, folder);
  return { folder, path, output: join(folder, basename(path)) };
}

/** Moves the repaired file over the original. @returns the file in its final place */
export async function takeItsPlace(
  { bytes, sha256 }: WrittenFile,
  facts: RepairFacts,
  { folder, path, output }: Beside,
): Promise<WrittenFile> {
  await writeTextFile(join(folder, READY), JSON.stringify({ facts, bytes, sha256 }));
  await takeName(output, path);
  return { path, bytes, sha256 };
}

/**
 * The outcome of a `takeItsPlace` after which the process was killed.
 * @returns null: it had not moved the file, or another one is there now
 */
export async function tookItsPlace(
  { folder, path, output }: Beside,
  signal: AbortSignal,
): Promise<{ readonly file: WrittenFile; readonly facts: RepairFacts } | null> {
  const text = await readFile(join(folder, READY), 'utf8').catch(() => null);
  const ready = text === null ? undefined : readySchema.safeParse(JSON.parse(text)).data;
  if (ready === undefined || (await exists(output)) || !(await exists(path))) return null;
  const { facts, bytes, sha256 } = ready;
  return (await hashOfFile(path, { signal })) === sha256 ? { file: { path, bytes, sha256 }, facts } : null;
}

/** Removes the folder with everything in it. */
export async function removeBeside({ folder }: Beside): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
