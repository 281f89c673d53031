// Folders for files that are needed for the length of one piece of work.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { processExists } from '../store/owner.ts';

export type ScratchFolder = { readonly path: string; remove(): Promise<void> };

/**
 * Makes a folder, and removes those of the same purpose whose processes were killed. It goes when the process does at the latest.
 * @param parent is made if need be
 * @param purpose letters; begins its name
 */
export async function makeScratchFolder(parent: string, purpose: string): Promise<ScratchFolder> {
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent, purpose);
  const path = await mkdtemp(join(parent, `${purpose}-${process.pid}-`));
  const removeAtOnce = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', removeAtOnce);
  return {
    path,
    remove: async () => {
      process.off('exit', removeAtOnce);
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function removeLeftovers(parent: string, purpose: string): Promise<void> {
  const ofPurpose = new RegExp(`^${purpose}-(\\d+)-`);
  for (const name of await readdir(parent)) {
    const pid = Number(ofPurpose.exec(name)?.[1] ?? NaN);
    if (Number.isInteger(pid) && pid !== process.pid && !processExists(pid)) {
      await rm(join(parent, name), { recursive: true, force: true });
    }
  }
}
