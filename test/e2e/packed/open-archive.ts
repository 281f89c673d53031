// The packed app as plain Node can run it: Electron reads its archive as if it were a folder, so here it becomes one, under
// the same name and beside what is unpacked.
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { extractAll } from '@electron/asar';

/** What the system loads, and what Electron hands to the system from beside the archive. */
const OF_THE_SYSTEM = ['native/build/out', 'resources/sample'];
const HANDED_ON = ['node_modules/@node-llama-cpp'];

/** @param resources the folder of `app.asar`, which is replaced @returns the root of the app */
export function openArchive(resources: string): string {
  const archive = join(resources, 'app.asar');
  const folder = join(resources, 'app');
  extractAll(archive, folder);
  rmSync(archive);
  renameSync(folder, archive);
  for (const path of [...OF_THE_SYSTEM, ...HANDED_ON]) rmSync(join(archive, path), { recursive: true });
  for (const path of HANDED_ON) symlinkSync(join(`${archive}.unpacked`, path), join(archive, path), 'junction');
  return archive;
}
