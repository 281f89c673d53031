// What only Windows does with files: it reserves or shortens some names, treats names that differ only in case as one, and does
// not let anybody replace a file while another program has it open.
import { rename, stat } from 'node:fs/promises';
import { win32 } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';

/** Names of devices, with any extension (learn.microsoft.com/windows/win32/fileio/naming-a-file). */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
// oxlint-disable-next-line no-control-regex -- Windows takes none of them
const REFUSED = /[<>:"|?*\u0000-\u001F]/;
/** Characters that Windows silently drops at the end of a name, which then becomes another name. */
const CUT = /[. ]$/;

/**
 * @param platform as `process.platform`
 * @returns TARGET_UNWRITABLE for a file name that Windows does not take as it is; null: the name can be used here
 */
export function nameProblemOnWindows(path: string, platform: NodeJS.Platform = process.platform): WinnowError | null {
  if (platform !== 'win32') return null;
  const name = win32.basename(path);
  if (!DEVICE.test(name) && !REFUSED.test(name) && !CUT.test(name)) return null;
  return new WinnowError('TARGET_UNWRITABLE', msg('outputNameReserved', { path }), { path });
}

/** Scanners and indexers open a new file only for moments; a program that uses the old one keeps it open for longer. */
const PATIENCE_MS = 2000;
const PAUSE_MS = 50;
const HELD = new Set(['EPERM', 'EACCES', 'EBUSY']);

/**
 * `rename` that replaces the target. On Windows it waits for programs that have either file open.
 * @throws as `rename`; with EBUSY if the old file exists and cannot be replaced
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
