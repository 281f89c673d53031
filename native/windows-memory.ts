// What Windows says of memory beyond what Node asks it for: how much can still be committed, and limits of the job object that
// this process was started in, as containers and schedulers set them.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { nativeFiles } from './places.ts';
import { WINDOWS_ADDON } from './platforms.ts';

/** In bytes; a limit of 0: there is none. */
export type WindowsMemory = {
  /** The system's limit, or this process's where that is less: RAM and page files. */
  readonly commitLimit: number;
  readonly commitFree: number;
  /** Each process's limit in the job. */
  readonly processLimit: number;
  /** Their limit together, and what they have committed. */
  readonly jobLimit: number;
  readonly jobCommitted: number;
};

/**
 * Loaded at once: when Node starts its first child, it puts itself into another job, behind which the one around it is not seen
 * any more. A checkout that compiles its native part at the first start has none until the next one.
 */
const addon = process.platform === 'win32' ? load() : null;

function load(): { memory(): WindowsMemory } | null {
  try {
    const path = join(dirname(nativeFiles().addon), WINDOWS_ADDON);
    return createRequire(import.meta.url)(path) as { memory(): WindowsMemory };
  } catch {
    return null;
  }
}

/** null: this is no Windows, or it is not asked. */
export function windowsMemory(): WindowsMemory | null {
  return addon?.memory() ?? null;
}
