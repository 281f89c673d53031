// How fast the disk delivers what is not in memory, measured on a piece of the model's own file that is read past the system's cache.
import { execFile } from 'node:child_process';
import { open, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Store } from '../../store/database.ts';
import { getSetting, setSetting } from '../../store/settings.ts';

const PIECE_BYTES = 4 << 20;
const PIECES = 32;
const KEY = 'scale.disks';
/** How long a measurement is valid: disks fill up and wear, and a folder may move to another one. */
const VALID_MS = 30 * 24 * 3600_000;
/** The longest measurement: a hanging connection must not delay an estimate. */
const TIMEOUT_MS = 10_000;

const ratesSchema = z.record(z.string(), z.object({ rate: z.number().positive(), atMs: z.number() }));

/**
 * Bytes/s of the disk that holds the file, measured once a month for each disk.
 * @returns null: the file is too small for a measurement, or cannot be read
 */
export async function diskRate(store: Store, path: string, nowMs: number = Date.now()): Promise<number | null> {
  const file = await stat(path).catch(() => null);
  if (!file || file.size < PIECES * PIECE_BYTES) return null;
  const known = getSetting(store, KEY, ratesSchema) ?? {};
  const disk = String(file.dev);
  const last = known[disk];
  if (last && nowMs - last.atMs < VALID_MS) return last.rate;
  const rate = (await directRate(path, file.size)) ?? (await scatteredRate(path, file.size));
  if (rate !== null) setSetting(store, KEY, { ...known, [disk]: { rate, atMs: nowMs } });
  return rate;
}

/** The rate of one read past the cache, on systems where dd can do that; null elsewhere. */
async function directRate(path: string, size: number): Promise<number | null> {
  const skip = Math.floor((size / PIECE_BYTES - PIECES) / 2);
  const args = [`if=${path}`, 'of=/dev/null', 'iflag=direct', `bs=${PIECE_BYTES}`, `count=${PIECES}`, `skip=${skip}`];
  try {
    const started = performance.now();
    await promisify(execFile)('dd', args, { timeout: TIMEOUT_MS });
    return (PIECES * PIECE_BYTES) / ((performance.now() - started) / 1000);
  } catch {
    return null; // another system's dd, or a file system that does not allow it
  }
}

/** The rate of pieces all over the file, computed from the slower half: the others may have been in memory. */
async function scatteredRate(path: string, size: number): Promise<number | null> {
  try {
    await using file = await open(path, 'r');
    const buffer = Buffer.allocUnsafe(PIECE_BYTES);
    const seconds: number[] = [];
    for (let piece = 0; piece < PIECES; piece++) {
      const started = performance.now();
      await file.read(buffer, 0, PIECE_BYTES, Math.floor((piece * (size - PIECE_BYTES)) / PIECES));
      seconds.push((performance.now() - started) / 1000);
    }
    const slow = seconds.sort((a, b) => b - a).slice(0, PIECES / 2);
    return (slow.length * PIECE_BYTES) / slow.reduce((sum, s) => sum + s, 0);
  } catch {
    return null; // scoring will report what is wrong with the file
  }
}
