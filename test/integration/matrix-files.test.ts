// The files that a served preview's down matrices are mapped from: whole, or none.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadFailure } from '../../electron/engine/base/backend/load-files.ts';
import { writeMatrixFiles } from '../../electron/engine/endpoints/matrix-files.ts';
import { smallDisk } from './small-disk.ts';
import { scratchDir } from './support.ts';

const PAGE = 4096;
const dir = scratchDir();
const disk = join(dir, 'disk');
const requireDisk = smallDisk(disk, 1);

function matricesOf(name: string, bytes: Buffer): { block: number; path: string; offset: number; bytes: number }[] {
  const path = join(dir, name);
  writeFileSync(path, Buffer.concat([Buffer.alloc(10), bytes]));
  return [{ block: 7, path, offset: 10, bytes: bytes.length }];
}

test('each kept expert stands at its place among all, the others are holes', async () => {
  const bytes = randomBytes(3 * 100_000);
  const [file] = await writeMatrixFiles(
    matricesOf('matrices', bytes),
    [[1, 2, 5]],
    { moeLayers: [7], nExpert: 6 },
    dir,
  );
  const written = readFileSync(file?.path ?? '');
  const [first, second, third] = [0, 1, 2].map((i) => bytes.subarray(i * 100_000, (i + 1) * 100_000));
  const hole = Buffer.alloc(100_000);
  expect(written.equals(Buffer.concat([hole, first!, second!, hole, hole, third!]))).toBe(true);
});

test('a disk that takes all but the last page is full', async (context) => {
  requireDisk(context);
  // the system writes the last piece but for its end, and says so only by the number of bytes
  writeFileSync(join(disk, 'filler'), Buffer.alloc(PAGE));
  const bytes = randomBytes(256 * PAGE);
  const error: unknown = await writeMatrixFiles(
    matricesOf('large', bytes),
    [[0]],
    { moeLayers: [7], nExpert: 1 },
    disk,
  ).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    code: 'NO_SPACE',
    message: expect.stringContaining(join(disk, 'down-7')) as string,
  });
  expect(loadFailure(error, '/models/a.gguf'), 'it says nothing of the model').toBe(error);
});
