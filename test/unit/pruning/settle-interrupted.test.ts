// What is left of exports whose process was killed, at each moment that matters.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import {
  getExport,
  markInterruptedExports,
  noteVerified,
  startExport,
} from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { MODEL } from '../store/tiny-run.ts';
import { settleInterruptedExports } from '../../../electron/engine/write/exporting/recorded-export.ts';

const dir = mkdtempSync(join(tmpdir(), 'winnow-settle-'));
const context = new EngineContext({ home: join(dir, 'home'), host: forkWorker });
afterAll(() => {
  context.close();
  rmSync(dir, { recursive: true, force: true });
});

const OUT = join(dir, 'm.gguf');
const UNFINISHED = join(dir, 'unfinished');
const CONTENT = 'the file';
const VERIFIED = { bytes: 8, sha256: createHash('sha256').update(CONTENT).digest('hex'), seconds: 2 };

beforeEach(() => {
  for (const name of [OUT, UNFINISHED]) rmSync(name, { force: true });
});

/** An export whose process is dead. */
function killedExport({ isVerified }: { readonly isVerified: boolean }): number {
  const { store } = context;
  const plan = { keep: 4, unfinished: UNFINISHED, selectionHash: null, selectionId: null, domains: [] };
  const { id } = startExport(store, rememberModel(store, MODEL).id, plan, OUT);
  if (isVerified) noteVerified(store, id, VERIFIED);
  store.run(`UPDATE exports SET owner_start = 'an earlier process' WHERE id = ?`, id);
  return id;
}

async function settled(id: number) {
  await settleInterruptedExports(context, new AbortController().signal);
  const { state, sha256, bytes } = getExport(context.store, id)!;
  return { state, sha256, bytes, isNamed: existsSync(OUT), isLeft: existsSync(UNFINISHED) };
}
const lost = { state: 'interrupted', sha256: null, bytes: null, isLeft: false };
const done = { state: 'done', sha256: VERIFIED.sha256, bytes: VERIFIED.bytes, isNamed: true, isLeft: false };

test('while it wrote: nothing is left, also where it was found dead before', async () => {
  for (const isFound of [false, true]) {
    const id = killedExport({ isVerified: false });
    writeFileSync(UNFINISHED, 'the fi');
    if (isFound) markInterruptedExports(context.store);
    expect(await settled(id)).toEqual({ ...lost, isNamed: false });
  }
});

test('only what the row names is removed', async () => {
  const id = killedExport({ isVerified: false });
  const other = `${OUT}.part`;
  for (const path of [UNFINISHED, other]) writeFileSync(path, 'the fi');
  expect((await settled(id)).isLeft).toBe(false);
  expect(readFileSync(other, 'utf8')).toBe('the fi');
});

test('when its file was complete: it gets its name', async () => {
  const id = killedExport({ isVerified: true });
  writeFileSync(UNFINISHED, CONTENT);
  expect(await settled(id)).toEqual(done);
  expect(readFileSync(OUT, 'utf8')).toBe(CONTENT);
});

test('when it had only to note that it was done: that is noted', async () => {
  const id = killedExport({ isVerified: true });
  writeFileSync(OUT, CONTENT);
  expect(await settled(id)).toEqual(done);
});

test('a file of somebody else in its place stays, and nothing of the export does', async () => {
  const id = killedExport({ isVerified: true });
  writeFileSync(OUT, 'somebody’s');
  writeFileSync(UNFINISHED, CONTENT);
  expect(await settled(id)).toEqual({ ...lost, isNamed: true });
  expect(readFileSync(OUT, 'utf8')).toBe('somebody’s');
});

test('a file that was changed since is not its file', async () => {
  const id = killedExport({ isVerified: true });
  writeFileSync(OUT, 'changed');
  expect(await settled(id)).toEqual({ ...lost, isNamed: true });
});

test('what a living process writes stays', async () => {
  const { store } = context;
  const id = killedExport({ isVerified: false });
  // alive, and not this process; where nobody could tell when it started, its id says enough
  store.run("UPDATE exports SET owner_pid = ?, owner_start = '' WHERE id = ?", process.ppid, id);
  writeFileSync(UNFINISHED, 'the fi');
  expect((await settled(id)).isLeft).toBe(true);
  store.run('DELETE FROM exports WHERE id = ?', id);
});
