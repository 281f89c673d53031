// Which files of an export a page on another computer gets: those that hold what was written, by no link.
import { createHash } from 'node:crypto';
import {
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import { fileState } from '../../../electron/engine/base/files/file-state.ts';
import { unchangedFiles, contextMadeFor } from '../../../electron/engine/app/session/named-files.ts';
import { finishExport, getExport, noteWritten, startExport } from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { MODEL } from '../store/tiny-run.ts';

const dir = mkdtempSync(join(tmpdir(), 'winnow-unchanged-'));
const context = new EngineContext({ home: join(dir, 'home'), host: forkWorker });
afterAll(() => {
  context.close();
  rmSync(dir, { recursive: true, force: true });
});

const FILES = ['m-00001-of-00002.gguf', 'm-00002-of-00002.gguf'].map((name) => join(dir, name));
const [ONE = '', TWO = ''] = FILES;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

beforeEach(() => {
  for (const path of FILES) {
    rmSync(path, { force: true });
    writeFileSync(path, `all of ${path}`);
  }
});

/** @param noted each part's hash, beside the first one's */
async function exported(noted: boolean, madeFor?: { bytes: number; ctx: number }): Promise<number> {
  const { store } = context;
  const plan = { keep: 4, files: FILES, selectionHash: null, selectionId: null, domains: [], madeFor };
  const { id } = startExport(store, rememberModel(store, MODEL).id, plan, ONE);
  finishExport(store, id, { state: 'done', bytes: 28, sha256: sha256(`all of ${ONE}`), seconds: 2 });
  const notes = FILES.map(async (path) => ({ path, sha256: sha256(`all of ${path}`), state: await fileState(path) }));
  if (noted) noteWritten(store, id, await Promise.all(notes));
  return id;
}

const offered = async (id: number) => unchangedFiles(context.store, getExport(context.store, id)!);

test('all parts as they were written, in the state that they are in', async () => {
  const id = await exported(true);
  const states = await Promise.all(FILES.map(fileState));
  expect(await offered(id)).toMatchObject(FILES.map((path, i) => ({ path, state: states[i] })));
});

test('what was touched is read again, and known in its new state from then on', async () => {
  const id = await exported(true);
  const before = await fileState(TWO);
  writeFileSync(TWO, readFileSync(TWO));
  const now = await fileState(TWO);
  expect(now).not.toBe(before);
  expect((await offered(id))[1]).toMatchObject({ path: TWO, state: now });
  expect(getExport(context.store, id)!.plan.written?.[1]).toMatchObject({ path: TWO, state: now });
});

test('a changed part is refused, also of the same size and time', async () => {
  const id = await exported(true);
  const { atime, mtime } = statSync(TWO);
  writeFileSync(TWO, `ALL of ${TWO}`);
  utimesSync(TWO, atime, mtime);
  await expect(offered(id)).rejects.toMatchObject({ code: 'MODEL_CHANGED', details: { path: TWO } });
});

test.skipIf(process.platform === 'win32')('a link is no file, whatever it leads to', async () => {
  const id = await exported(true);
  renameSync(TWO, join(dir, 'moved'));
  symlinkSync(join(dir, 'moved'), TWO);
  await expect(offered(id)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});

test('parts whose hashes were not noted are not guessed', async () => {
  const id = await exported(false);
  await expect(offered(id)).rejects.toMatchObject({ code: 'MODEL_CHANGED', details: { path: TWO } });
});

test('a single file is known by its hash', async () => {
  const { store } = context;
  const path = join(dir, 'single.gguf');
  writeFileSync(path, 'all of it');
  const plan = { keep: 4, files: [path], selectionHash: null, selectionId: null, domains: [] };
  const { id } = startExport(store, rememberModel(store, MODEL).id, plan, path);
  finishExport(store, id, { state: 'done', bytes: 9, sha256: sha256('all of it'), seconds: 2 });
  expect(await offered(id)).toMatchObject([{ path }]);
  writeFileSync(path, 'all of It');
  await expect(offered(id)).rejects.toMatchObject({ code: 'MODEL_CHANGED' });
});

test('the context that a file was made for is known as long as the file is the one that was written', async () => {
  const { store } = context;
  await exported(true);
  expect(await contextMadeFor(store, ONE)).toBeNull();
  await exported(true, { bytes: 40e6, ctx: 700 });
  expect(await contextMadeFor(store, ONE)).toBe(700);
  expect(await contextMadeFor(store, join(dir, 'other.gguf'))).toBeNull();
  writeFileSync(ONE, 'something else');
  expect(await contextMadeFor(store, ONE)).toBeNull();
});
