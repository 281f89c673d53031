// Reading the sources of a file that is written: as many as there are, few of them open.
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PlannedFile } from '../../../electron/engine/write/pruning/planned-file.ts';
import { CHUNK_BYTES, forEachPiece } from '../../../electron/engine/write/pruning/source-bytes.ts';
import { temporaryHome } from '../store/support.ts';

const SOURCES = 120;
/** So that several reads hold one tensor's bytes and the next one's. */
const TENSOR_BYTES = CHUNK_BYTES / 16;

test.skipIf(process.platform !== 'linux')('a thousand sources are not all open at once', async () => {
  const folder = temporaryHome();
  const tensors = Array.from({ length: SOURCES }, (_, i) => {
    const sourcePath = join(folder, String(i));
    writeFileSync(sourcePath, Buffer.alloc(TENSOR_BYTES, i));
    const ranges = [{ offset: 0, length: TENSOR_BYTES }];
    return { name: `t${i}`, type: 'i8', ne: [TENSOR_BYTES], bytes: TENSOR_BYTES, sourcePath, ranges };
  });
  // the first one once more at the end, when it was closed long ago
  tensors.push({ ...tensors[0]!, name: 'again' });
  const file: PlannedFile = { path: '/out.gguf', keysFrom: null, remove: [], set: [], alignment: 32, tensors };
  let most = 0;
  const read: Buffer[] = [];
  await forEachPiece(file, undefined, (bytes) => {
    most = Math.max(most, openFiles(folder));
    read.push(Buffer.from(bytes));
    return Promise.resolve();
  });
  const expected = tensors.map((_, i) => Buffer.alloc(TENSOR_BYTES, i % SOURCES));
  expect(Buffer.concat(read).equals(Buffer.concat(expected))).toBe(true);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(16);
  expect(openFiles(folder)).toBe(0);
});

/** Of this process, in the folder. */
function openFiles(folder: string): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(join('/proc/self/fd', descriptor)).startsWith(folder);
    } catch {
      return false; // closed meanwhile, as the one is that the listing was read by
    }
  }).length;
}
