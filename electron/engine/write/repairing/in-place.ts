// Replaces files with their repaired versions: all of them, even if the process is killed meanwhile.
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

/** File in the folder that is written once all repaired files are complete there. */
const READY = 'ready.json';
const readySchema = z.object({
  facts: repairFactsSchema,
  files: z.array(z.object({ name: z.string(), bytes: z.int(), sha256: z.string() })),
});

/** Files of one model, and the folder beside them that holds the repaired ones until they replace them. */
export type Beside = { readonly folder: string; readonly paths: readonly string[]; readonly output: string };

/**
 * The folder and output for repairing an export's files. The export's row names the folder, so that an interrupted repair is found again;
 * what repairs of earlier files under the same name left is removed.
 * @param paths paths of one model's files, in order
 */
export async function placeBeside(store: Store, exportId: number | null, paths: readonly string[]): Promise<Beside> {
  const path = paths[0]!;
  const rows = listExports(store).filter(({ outputPath }) => outputPath === path);
  const own = rows.find(({ id }) => id === exportId);
  for (const { id, plan } of rows) {
    if (id !== exportId && plan.repairing !== undefined) await rm(plan.repairing, { recursive: true, force: true });
  }
  const folder = own?.plan.repairing ?? unfinishedPath(path);
  if (own) noteRepairing(store, own.id, folder);
  return besideOf(paths, folder);
}

/** The files of a model, and the folder beside them. @param paths in order */
export function besideOf(paths: readonly string[], folder: string): Beside {
  const output = join(folder, `${paths.length > 1 ? 'model' : basename(paths[0]!, '.gguf')}.gguf`);
  return { folder, paths, output };
}

/** Moves repaired files over the originals. @returns the files in their final places */
export async function takePlaces(
  files: readonly WrittenFile[],
  facts: RepairFacts,
  { folder, paths }: Beside,
): Promise<WrittenFile[]> {
  const ready = { facts, files: files.map(({ path, ...file }) => ({ name: basename(path), ...file })) };
  await writeTextFile(join(folder, READY), JSON.stringify(ready));
  for (const [i, { path }] of files.entries()) await takeName(path, paths[i]!);
  return files.map((file, i) => ({ ...file, path: paths[i]! }));
}

/**
 * Finishes an interrupted `takePlaces`.
 * @returns null: it had not begun, or other files lie in the places that were already taken
 */
export async function finishTakingPlaces(
  beside: Beside,
  signal: AbortSignal,
): Promise<{ readonly files: WrittenFile[]; readonly facts: RepairFacts } | null> {
  const begun = await begunTaking(beside);
  if (begun === null) return null;
  const { facts, files, waiting } = begun;
  for (const { path, sha256 } of files) {
    if (!waiting.has(path) && (!(await exists(path)) || (await hashOfFile(path, { signal })) !== sha256)) return null;
  }
  for (const [path, from] of waiting) await takeName(from, path);
  return { files, facts };
}

/** Removes the folder, unless `takePlaces` was interrupted between its files. */
export async function leaveBeside(beside: Beside): Promise<void> {
  const begun = await begunTaking(beside);
  if (begun === null || begun.waiting.size === 0) await removeBeside(beside);
}

/** Removes the folder with everything in it. */
export async function removeBeside({ folder }: Beside): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** The state of an interrupted `takePlaces`. @returns waiting: files still to be moved, indexed by target path; null: none has been moved */
async function begunTaking({ folder, paths }: Beside) {
  const text = await readFile(join(folder, READY), 'utf8').catch(() => null);
  if (text === null) return null;
  const ready = readySchema.safeParse(JSON.parse(text)).data; // another version may have written other fields
  if (ready?.files.length !== paths.length) return null;
  const { facts, files } = ready;
  const waiting = new Map<string, string>();
  for (const [i, { name }] of files.entries()) {
    const from = join(folder, name);
    if (await exists(from)) waiting.set(paths[i]!, from);
  }
  if (waiting.size === files.length) return null;
  return { facts, files: files.map(({ name: _, ...file }, i) => ({ ...file, path: paths[i]! })), waiting };
}
