// Which files make up a model, where there are very many of them, or very large ones.
import { closeSync, ftruncateSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import {
  firstPartPath,
  openModelFiles,
  partPaths,
  splitPartName,
} from '../../../electron/engine/models/model-files.ts';
import { temporaryHome } from '../store/support.ts';

test('a thousand parts by one name, and not more than that', () => {
  const parts = partPaths('/models/big-00500-of-01000.gguf');
  expect(parts).toHaveLength(1000);
  expect([parts[0], parts[999]]).toEqual([
    resolve('/models/big-00001-of-01000.gguf'),
    resolve('/models/big-01000-of-01000.gguf'),
  ]);
  expect(firstPartPath('/models/big-00500-of-01000.gguf')).toBe(parts[0]);
  for (const name of ['big-00500-of-01001.gguf', 'big-00001-of-00000.gguf', 'big.gguf']) {
    const path = resolve('/models', name);
    expect(partPaths(path)).toEqual([path]);
    expect(firstPartPath(path)).toBe(path);
  }
});

test('more bytes than can be counted exactly are no model', async () => {
  const folder = temporaryHome();
  const parts = 1000;
  mkdirSync(folder, { recursive: true });
  const paths = Array.from({ length: parts }, (_, part) => join(folder, splitPartName('huge', part, parts)));
  for (const path of paths) {
    const file = openSync(path, 'w');
    writeSync(file, Buffer.from('GGUF\u0003\0\0\0', 'latin1'));
    ftruncateSync(file, 10 * 2 ** 40);
    closeSync(file);
  }
  await expect(openModelFiles(paths[0]!)).rejects.toMatchObject({
    code: 'GGUF_CORRUPT',
    message: expect.stringMatching(/larger than any model: it has about 10,995\.1 TB/) as string,
  });
});
