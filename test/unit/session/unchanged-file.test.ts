// Whether a page on another computer gets the file of an export: if it holds what was written, by no link.
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
import { unchangedFile, contextMadeFor } from '../../../electron/engine/app/session/named-files.ts';
import { finishExport, getExport, noteInPlan, startExport } from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { MODEL } from '../store/tiny-run.ts';

const dir = mkdtempSync(join(tmpdir(), 'winnow-unchanged-'));
const context = new EngineContext({ home: join(dir, 'home'), host: forkWorker });
afterAll(() => {
  context.close();
  rmSync(dir, { recursive: true, force: true });
});

const OUT = join(dir, 'm.gguf');
const CONTENT = 'all of it';

beforeEach(() => {
  rmSync(OUT, { force: true });
  writeFileSync(OUT, CONTENT);
});

async function exported(madeFor?: { bytes: number; ctx: number }): Promise<number> {
  const { store } = context;
  const plan = { keep: 4, selectionHash: null, selectionId: null, domains: [], madeFor };
  const { id } = startExport(store, rememberModel(store, MODEL).id, plan, OUT);
  const sha256 = createHash('sha256').update(CONTENT).digest('hex');
  finishExport(store, id, { state: 'done', bytes: 9, sha256, seconds: 2 });
  noteInPlan(store, id, 'state', await fileState(OUT));
  return id;
}

const offered = async (id: number) => unchangedFile(context.store, getExport(context.store, id)!);

test('as it was written, in the state that it is in', async () => {
  expect(await offered(await exported())).toEqual({ path: OUT, state: await fileState(OUT) });
});

test('what was touched is read again, and known in its new state from then on', async () => {
  const id = await exported();
  const before = await fileState(OUT);
  writeFileSync(OUT, readFileSync(OUT));
  const now = await fileState(OUT);
  expect(now).not.toBe(before);
  expect(await offered(id)).toEqual({ path: OUT, state: now });
  expect(getExport(context.store, id)!.plan.state).toBe(now);
});

test('a changed file is refused, also of the same size and time', async () => {
  const id = await exported();
  const { atime, mtime } = statSync(OUT);
  writeFileSync(OUT, 'ALL of it');
  utimesSync(OUT, atime, mtime);
  await expect(offered(id)).rejects.toMatchObject({ code: 'MODEL_CHANGED', details: { path: OUT } });
});

test.skipIf(process.platform === 'win32')('a link is no file, whatever it leads to', async () => {
  const id = await exported();
  renameSync(OUT, join(dir, 'moved'));
  symlinkSync(join(dir, 'moved'), OUT);
  await expect(offered(id)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
});

test('the context that a file was made for is known as long as the file is the one that was written', async () => {
  const { store } = context;
  await exported();
  expect(await contextMadeFor(store, OUT)).toBeNull();
  await exported({ bytes: 40e6, ctx: 700 });
  expect(await contextMadeFor(store, OUT)).toBe(700);
  expect(await contextMadeFor(store, join(dir, 'other.gguf'))).toBeNull();
  writeFileSync(OUT, 'something else');
  expect(await contextMadeFor(store, OUT)).toBeNull();
});
