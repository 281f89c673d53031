// Which files a model has, and which one it is.
import { linkSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readModelId, modelIdOfSync, modelOnDisk } from '../../../electron/engine/models/model-files.ts';
import { CAN_LINK } from '../links.ts';
import { temporaryHome } from '../store/support.ts';

let root: string;
beforeEach(() => {
  root = temporaryHome();
});

function put(name: string, bytes: number, modifiedS = 1000): string {
  const path = join(root, name);
  writeFileSync(path, Buffer.alloc(bytes));
  utimesSync(path, modifiedS, modifiedS);
  return path;
}

describe('the files of a model', () => {
  test('one', async () => {
    const path = put('a.gguf', 10);
    expect(await modelOnDisk(path)).toEqual({ path, parts: 1, bytes: 10, modifiedMs: 1_000_000 });
  });

  test('parts, named by any of them: all bytes, the newest time', async () => {
    const first = put('a-00001-of-00003.gguf', 10);
    put('a-00002-of-00003.gguf', 20, 3000);
    const last = put('a-00003-of-00003.gguf', 30);
    expect(await modelOnDisk(last)).toEqual({ path: first, parts: 3, bytes: 60, modifiedMs: 3_000_000 });
  });

  test('parts of which some are missing', async () => {
    const second = put('a-00002-of-00003.gguf', 20);
    expect(await modelOnDisk(second)).toMatchObject({ path: second, parts: 3, bytes: 20 });
  });

  test('none, and a folder', async () => {
    expect(await modelOnDisk(join(root, 'a.gguf'))).toBeNull();
    mkdirSync(join(root, 'b.gguf'));
    expect(await modelOnDisk(join(root, 'b.gguf'))).toBeNull();
  });

  test('a name that claims tens of thousands of parts is a file by itself', async () => {
    const path = put('a-00002-of-99999.gguf', 5);
    expect(await modelOnDisk(path)).toMatchObject({ path, parts: 1, bytes: 5 });
  });
});

describe('the id', () => {
  test.skipIf(!CAN_LINK)('is one for a file and the links to it, and another for a copy', async () => {
    const path = put('a.gguf', 10);
    const link = join(root, 'link.gguf');
    symlinkSync(path, link);
    const copy = join(root, 'copy.gguf');
    linkSync(path, copy);
    const id = await readModelId(path);
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(await readModelId(link)).toBe(id);
    expect(modelIdOfSync(link)).toBe(id);
    expect(modelIdOfSync(copy)).not.toBe(id);
  });

  test('is one for all parts, also while the first is missing', async () => {
    const first = put('a-00001-of-00002.gguf', 10);
    const second = put('a-00002-of-00002.gguf', 10);
    expect(modelIdOfSync(second)).toBe(await readModelId(first));
    rmSync(first);
    expect(modelIdOfSync(first)).toBe(await readModelId(second));
  });

  test('of a file that is not there is the one that it will have', async () => {
    const path = join(root, 'gone.gguf');
    const id = modelIdOfSync(path);
    put('gone.gguf', 1);
    expect(modelIdOfSync(path)).toBe(id);
    expect(await readModelId(path)).toBe(id);
  });

  test.skipIf(!CAN_LINK)('of a file that is not there, in a folder by its link', () => {
    const link = `${root}-link`;
    symlinkSync(root, link);
    const id = modelIdOfSync(join(link, 'gone.gguf'));
    expect(modelIdOfSync(put('gone.gguf', 1))).toBe(id);
    expect(modelIdOfSync(join(link, 'gone.gguf'))).toBe(id);
  });

  test.runIf(process.platform === 'win32')('is one, whatever the case in which the file is named', async () => {
    const path = put('Model-Q4.gguf', 10);
    const id = await readModelId(path);
    expect(modelIdOfSync(path.toUpperCase())).toBe(id);
    expect(await readModelId(path.toLowerCase())).toBe(id);
  });
});
