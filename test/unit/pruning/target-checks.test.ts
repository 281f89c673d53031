// What stands in the way of an export's names, where it has many files.
import { existsSync, linkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PlannedFile } from '../../../electron/engine/write/pruning/planned-file.ts';
import { bytesByDisk, nameProblems } from '../../../electron/engine/write/pruning/target-checks.ts';
import { temporaryHome } from '../store/support.ts';

const PARTS = 1000;

function filesIn(folder: string): PlannedFile[] {
  return Array.from({ length: PARTS }, (_, i) => {
    const sourcePath = join(folder, `source-${i}`);
    writeFileSync(sourcePath, '');
    const tensor = { name: `t${i}`, type: 'i8', ne: [1], bytes: 1, sourcePath, ranges: [{ offset: 0, length: 1 }] };
    return { path: join(folder, `out-${i}`), keysFrom: null, remove: [], set: [], alignment: 32, tensors: [tensor] };
  });
}

test('a thousand files that exist already are one problem', async () => {
  const files = filesIn(temporaryHome());
  expect(await nameProblems(files, false)).toEqual([]);
  for (const { path } of files) writeFileSync(path, '');
  expect(await nameProblems(files, false)).toMatchObject([
    { code: 'TARGET_EXISTS', details: { path: files[0]?.path } },
  ]);
  expect(await nameProblems(files, true)).toEqual([]);
});

test('one of them that leads to a source is noticed', async () => {
  const files = filesIn(temporaryHome());
  linkSync(files[3]!.tensors[0]!.sourcePath, files[700]!.path);
  expect(await nameProblems(files, true)).toMatchObject([{ code: 'USAGE', details: { path: files[700]!.path } }]);
});

test('folders of one disk share its room', async () => {
  const home = temporaryHome();
  const files = ['one/a', 'two/b', 'one/c'].map((path) => ({ path: join(home, path) }));
  expect(await bytesByDisk(files, [1, 2, 3])).toEqual([
    { folders: [join(home, 'one'), join(home, 'two')], bytes: [1, 2, 3] },
  ]);
});

const OTHER_DISK = '/dev/shm';
test.runIf(process.platform === 'linux' && existsSync(OTHER_DISK))(
  'another disk needs room for its own files alone',
  async () => {
    const home = temporaryHome();
    const files = [join(home, 'a'), join(OTHER_DISK, 'b')].map((path) => ({ path }));
    expect(await bytesByDisk(files, [1, 2])).toEqual([
      { folders: [home], bytes: [1] },
      { folders: [OTHER_DISK], bytes: [2] },
    ]);
  },
);
