// What is left of exports whose process was killed, at each moment that matters.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import { settleInterruptedExports } from '../../../electron/engine/write/pruning/settle-interrupted.ts';
import {
  getExport,
  markInterruptedExports,
  noteVerified,
  startExport,
} from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { MODEL } from '../store/tiny-run.ts';

const dir = mkdtempSync(join(tmpdir(), 'winnow-settle-'));
const context = new EngineContext({ home: join(dir, 'home'), host: forkWorker });
afterAll(() => {
  context.close();
  rmSync(dir, { recursive: true, force: true });
});

const ONE = join(dir, 'm-00001-of-00002.gguf');
const TWO = join(dir, 'm-00002-of-00002.gguf');
const FILES = [ONE, TWO];
const CONTENT = 'the first file';
const VERIFIED = { bytes: 28, sha256: createHash('sha256').update(CONTENT).digest('hex'), seconds: 2 };

const [ONE_UNFINISHED, TWO_UNFINISHED] = [join(dir, 'first'), join(dir, 'second')];
const UNFINISHED = [ONE_UNFINISHED, TWO_UNFINISHED];

beforeEach(() => {
  for (const name of [...FILES, ...UNFINISHED]) rmSync(name, { force: true });
});

/** An export whose process is dead. */
function killedExport({ isVerified }: { readonly isVerified: boolean }): number {
  const { store } = context;
  const plan = { keep: 4, files: FILES, unfinished: UNFINISHED, selectionHash: null, selectionId: null, domains: [] };
  const { id } = startExport(store, rememberModel(store, MODEL).id, plan, ONE);
  if (isVerified) noteVerified(store, id, VERIFIED);
  store.run(`UPDATE exports SET owner_start = 'an earlier process' WHERE id = ?`, id);
  return id;
}

async function settled(id: number) {
  await settleInterruptedExports(context, new AbortController().signal);
  const { state, sha256, bytes } = getExport(context.store, id)!;
  return {
    state,
    sha256,
    bytes,
    files: FILES.map((path) => existsSync(path)),
    parts: UNFINISHED.map((path) => existsSync(path)),
  };
}
const NONE = [false, false];
const BOTH = [true, true];
const lost = { state: 'interrupted', sha256: null, bytes: null, parts: NONE };
const done = { state: 'done', sha256: VERIFIED.sha256, bytes: VERIFIED.bytes, files: BOTH, parts: NONE };

test('while it wrote: nothing is left, also where it was found dead before', async () => {
  for (const isFound of [false, true]) {
    const id = killedExport({ isVerified: false });
    writeFileSync(ONE_UNFINISHED, 'the fi');
    if (isFound) markInterruptedExports(context.store);
    expect(await settled(id)).toEqual({ ...lost, files: NONE });
  }
});

test('only what the row names is removed', async () => {
  const id = killedExport({ isVerified: false });
  const others = [ONE, TWO].map((path) => `${path}.part`);
  for (const path of [ONE_UNFINISHED, ...others]) writeFileSync(path, 'the fi');
  expect((await settled(id)).parts).toEqual(NONE);
  expect(others.map((path) => readFileSync(path, 'utf8'))).toEqual(['the fi', 'the fi']);
});

test('when its files were complete: they get their names', async () => {
  const id = killedExport({ isVerified: true });
  writeFileSync(ONE_UNFINISHED, CONTENT);
  writeFileSync(TWO_UNFINISHED, 'the second one');
  expect(await settled(id)).toEqual(done);
  expect(readFileSync(ONE, 'utf8')).toBe(CONTENT);
});

test('between two names: the other file gets its own', async () => {
  const id = killedExport({ isVerified: true });
  writeFileSync(ONE, CONTENT);
  writeFileSync(TWO_UNFINISHED, 'the second one');
  expect(await settled(id)).toEqual(done);
});

test('when it had only to note that it was done: that is noted', async () => {
  const id = killedExport({ isVerified: true });
  writeFileSync(ONE, CONTENT);
  writeFileSync(TWO, 'the second one');
  expect(await settled(id)).toEqual(done);
});

test('a file of somebody else in the place of one of them stays, and nothing of the export does', async () => {
  const id = killedExport({ isVerified: true });
  writeFileSync(ONE, 'somebody’s');
  writeFileSync(ONE_UNFINISHED, CONTENT);
  writeFileSync(TWO_UNFINISHED, 'the second one');
  expect(await settled(id)).toEqual({ ...lost, files: [true, false] });
  expect(readFileSync(ONE, 'utf8')).toBe('somebody’s');
});

test('files that were changed since are not its files', async () => {
  const id = killedExport({ isVerified: true });
  writeFileSync(ONE, 'changed');
  writeFileSync(TWO, 'the second one');
  expect(await settled(id)).toEqual({ ...lost, files: BOTH });
});

test('what a living process writes stays', async () => {
  const { store } = context;
  const id = killedExport({ isVerified: false });
  // alive, and not this process; where nobody could tell when it started, its id says enough
  store.run("UPDATE exports SET owner_pid = ?, owner_start = '' WHERE id = ?", process.ppid, id);
  writeFileSync(ONE_UNFINISHED, 'the fi');
  expect((await settled(id)).parts).toEqual([true, false]);
  store.run('DELETE FROM exports WHERE id = ?', id);
});
