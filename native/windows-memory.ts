// What Windows reports about memory beyond what Node asks for: how much can still be committed, and the limits of the
// job object that this process was started in, as containers and schedulers set them.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { nativeFiles } from './places.ts';
import { WINDOWS_ADDON } from './platforms.ts';

/** In bytes; a limit of 0: there is none. */
export type WindowsMemory = {
  /** The system's limit, or this process's if that is lower: RAM and page files. */
  readonly commitLimit: number;
  readonly commitFree: number;
  /** The limit of each process in the job. */
  readonly processLimit: number;
  /** The limit of all processes together, and what they have committed. */
  readonly jobLimit: number;
  readonly jobCommitted: number;
};

/**
 * Loaded at once: when Node starts its first child, it puts itself into another job, behind which the surrounding one
 * is no longer visible. A checkout that compiles its native part at the first start does not have the addon until the
 * next start.
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

/** Returns what Windows reports; null: this is not Windows, or the addon is missing. */
export function windowsMemory(): WindowsMemory | null {
  return addon?.memory() ?? null;
}
