// Checks the disk space for fitted tensors.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytes, spaceProblem } from '../../base/files/free-space.ts';
import { fittedBytes, type RepairedFile } from './repair-cost.ts';

/** Requires disk space for what is not fitted yet. @throws WinnowError NO_SPACE */
export async function requireScratch(folder: string, file: RepairedFile): Promise<void> {
  const unfitted = fittedBytes(file) - (await bytesIn(folder));
  const missing = spaceProblem(folder, await freeBytes(folder), [Math.max(0, unfitted)]);
  if (missing) throw missing;
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
