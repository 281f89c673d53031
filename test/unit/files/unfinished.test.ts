import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import {
  keepRecordsIn,
  openUnfinished,
  Unfinished,
  unfinishedPath,
} from '../../../electron/engine/base/files/unfinished.ts';
import { writeTextFile } from '../../../electron/engine/base/files/user-files.ts';
import { scratchFiles } from '../demos/scratch-files.ts';

const { folder: dir, write } = scratchFiles();
const records = join(dir, 'records');
const SELF = { pid: 1, start: 'this one' };
const KILLED = { pid: 2, start: 'killed' };

beforeEach(() => keepRecordsIn({ folder: records, owner: () => SELF, isAlive: ({ pid }) => pid !== KILLED.pid }));
afterAll(() => keepRecordsIn({ folder: join(dir, 'no/such'), owner: () => SELF, isAlive: () => true }));

const unfinishedIn = (folder: string): string[] => readdirSync(folder).filter((name) => name.includes('winnow-'));

/** What a process that died was writing, with its record. */
function left({ path = unfinishedPath(join(dir, 'left')), owner = KILLED, isFolder = false }): string {
  mkdirSync(records, { recursive: true });
  if (isFolder) mkdirSync(path);
  writeFileSync(isFolder ? join(path, 'inside') : path, 'half');
  writeFileSync(join(records, `${Math.random()}.json`), JSON.stringify({ path, owner }));
  return path;
}

test('files named like the target are nobody’s but their owners’: a file, a link, a folder', async () => {
  const place = join(dir, 'out.json');
  const diary = write('diary', 'mine');
  const own = write('out.json.part', 'a download');
  symlinkSync(diary, join(dir, '.out.json.part'));
  mkdirSync(join(dir, 'out.part'));
  await writeTextFile(place, '{}');
  expect([place, own, diary].map((path) => readFileSync(path, 'utf8'))).toEqual(['{}', 'a download', 'mine']);
  expect(unfinishedIn(dir)).toEqual([]);
  expect(readdirSync(records)).toEqual([]);
});

test('a name as long as the system allows is written', async () => {
  const place = join(dir, 'n'.repeat(255));
  await writeTextFile(place, 'text');
  expect(readFileSync(place, 'utf8')).toBe('text');
});

test.runIf(process.platform !== 'win32')('a link in the place of an unfinished file is not followed', async () => {
  const diary = write('other-diary', 'mine');
  const link = unfinishedPath(join(dir, 'linked'));
  symlinkSync(diary, link);
  await expect(openUnfinished(link)).rejects.toMatchObject({ code: 'ELOOP' });
  await expect(Unfinished.file(join(dir, 'linked'), link)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(readFileSync(diary, 'utf8')).toBe('mine');
  rmSync(link);
});

test('while it is written it has a record, and afterwards neither', async () => {
  const place = join(dir, 'folder');
  {
    await using unfinished = await Unfinished.folder(place);
    writeFileSync(join(unfinished.path, 'inside'), '');
    const [record = ''] = readdirSync(records);
    expect(JSON.parse(readFileSync(join(records, record), 'utf8'))).toEqual({ path: unfinished.path, owner: SELF });
    await unfinished.takePlace();
  }
  expect(readdirSync(place)).toEqual(['inside']);
  {
    await using abandoned = await Unfinished.folder(join(dir, 'abandoned'));
    writeFileSync(join(abandoned.path, 'inside'), '');
  }
  expect([unfinishedIn(dir), readdirSync(records)]).toEqual([[], []]);
});

test('what killed processes left goes with the next writing, by its record and never by its name alone', async () => {
  const gone = [left({}), left({ isFolder: true })];
  const mine = unfinishedPath(join(dir, 'mine'));
  writeFileSync(mine, 'no record names me');
  const others = [mine, left({ owner: SELF }), left({ path: join(dir, 'a-name-of-somebody') })];
  await writeTextFile(join(dir, 'next'), '');
  expect(gone.filter((path) => existsSync(path))).toEqual([]);
  expect(others.filter((path) => !existsSync(path))).toEqual([]);
});

test('without a place for records, files are written all the same', async () => {
  keepRecordsIn({ folder: join(dir, 'missing/records'), owner: () => SELF, isAlive: () => true });
  await writeTextFile(join(dir, 'unrecorded'), 'text');
  expect(readFileSync(join(dir, 'unrecorded'), 'utf8')).toBe('text');
  expect(existsSync(join(dir, 'missing'))).toBe(false);
});
