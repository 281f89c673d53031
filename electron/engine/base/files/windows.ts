// What Windows does with files that other systems do not: names that it keeps for devices or cuts, names that differ in case
// alone and are one, and files that nobody may replace while somebody has them open.
import { rename, stat } from 'node:fs/promises';
import { win32 } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';

/** Devices, whatever ending follows (learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
// oxlint-disable-next-line no-control-regex -- Windows takes none of them
const REFUSED = /[<>:"|?*\u0000-\u001F]/;
/** Left out silently at the end of a name, which is another one then. */
const CUT = /[. ]$/;

/**
 * @param platform as `process.platform`
 * @returns TARGET_UNWRITABLE for a file's name that Windows takes for something else; null: it can be had here
 */
export function nameProblemOnWindows(path: string, platform: NodeJS.Platform = process.platform): WinnowError | null {
  if (platform !== 'win32') return null;
  const name = win32.basename(path);
  if (!DEVICE.test(name) && !REFUSED.test(name) && !CUT.test(name)) return null;
  return new WinnowError('TARGET_UNWRITABLE', say('outputNameReserved', { path }), { path });
}

/** Scanners and indexers look at a new file for moments; a program that uses the old one has it for longer. */
const PATIENCE_MS = 2000;
const PAUSE_MS = 50;
const HELD = new Set(['EPERM', 'EACCES', 'EBUSY']);

/**
 * `rename` over what is there. On Windows it waits for those who look at either file.
 * @throws as `rename`, with EBUSY where the old file is there and cannot be replaced
 */
export async function takeName(from: string, to: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (process.platform !== 'win32' || !HELD.has(code)) throw error;
      const old = await stat(to).catch(() => null);
      if (old !== null && !old.isFile()) throw error;
      if (performance.now() < deadline) await sleep(PAUSE_MS);
      else throw old === null ? error : Object.assign(new Error(`${to} is open in another program`), { code: 'EBUSY' });
    }
  }
}
