// Where no link can be made, as on a memory stick: files are copied, with progress, and a copy that is cancelled leaves nothing.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WinnowError } from '../../../electron/contract/errors.ts';
import { bringFiles } from '../../../electron/engine/write/programs/bring-files.ts';

const refused = vi.hoisted(() => (): Promise<never> => Promise.reject(new Error('EPERM: no links here')));
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<object>()),
  link: refused,
  symlink: refused,
  copyFile: refused,
}));

const PIECE = 4 << 20;
const SIZES = [2 * PIECE + 3, PIECE];
const TOTAL = SIZES.reduce((sum, bytes) => sum + bytes, 0);

let dir = '';
let sources: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'winnow-bring-'));
  sources = SIZES.map((bytes, i) => {
    const path = join(dir, `${i}.gguf`);
    writeFileSync(path, Buffer.alloc(bytes, i + 1));
    return path;
  });
});
afterEach(() => rmSync(dir, { recursive: true }));

test('every byte is copied, and counted as it is', async () => {
  const told: number[] = [];
  const folder = join(dir, 'models', 'winnow', 'pruned');
  const how = await bringFiles(sources, folder, {
    onProgress: (done, total) => {
      expect(total).toBe(TOTAL);
      told.push(done);
    },
  });
  expect(how).toBe('copy');
  expect(told.length).toBeGreaterThanOrEqual(4);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(told.at(-1)).toBe(TOTAL);
  for (const [i, source] of sources.entries()) {
    expect(readFileSync(join(folder, `${i}.gguf`)).equals(readFileSync(source))).toBe(true);
  }
});

test.each([1, PIECE, SIZES[0] ?? 0])('cancelled after %i bytes, nothing is left', async (bytes) => {
  const abort = new AbortController();
  const folder = join(dir, 'models', 'pruned');
  const why = new WinnowError('CANCELLED', 'by the user');
  const brought = bringFiles(sources, folder, {
    signal: abort.signal,
    onProgress: (done) => {
      if (done >= bytes) abort.abort(why);
    },
  });
  await expect(brought).rejects.toBe(why);
  expect(existsSync(join(dir, 'models'))).toBe(false);
  expect(sources.map((source) => readFileSync(source).length)).toEqual(SIZES);
});
