// An export whose job is queued again: what it wrote before is taken for its own only where it is.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../../electron/engine/store/engine-context.ts';
import { finishExport, startExport, type ExportedPlan } from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { idleTask } from '../../../electron/engine/store/task.ts';
import { recordExport } from '../../../electron/engine/write/exporting/recorded-export.ts';
import { MODEL } from '../store/tiny-run.ts';

const dir = mkdtempSync(join(tmpdir(), 'winnow-recorded-'));
const context = new EngineContext({ home: join(dir, 'home'), host: forkWorker });
afterAll(() => {
  context.close();
  rmSync(dir, { recursive: true, force: true });
});
const stored = rememberModel(context.store, MODEL);
const planOf = (selectionHash: string): ExportedPlan => ({
  keep: 4,
  selectionHash,
  selectionId: null,
  domains: [],
});

/** Of an export that was done, a second one with another plan. @returns whether it wrote */
async function writesAgain(
  first: { readonly path: string; readonly hash: string; readonly isThere: boolean },
  second: { readonly path: string; readonly hash: string },
): Promise<boolean> {
  const { store } = context;
  const { id: exportId } = startExport(store, stored.id, planOf(first.hash), first.path);
  const sha256 = 'a'.repeat(64);
  finishExport(store, exportId, { state: 'done', bytes: 3, sha256, seconds: 1 });
  rmSync(first.path, { force: true });
  if (first.isThere) writeFileSync(first.path, 'one');
  const written: string[] = [];
  using backend = new Backend('off', context.host);
  const outcome = await recordExport(
    {
      stored,
      source: { ...MODEL, state: '' },
      plan: planOf(second.hash),
      overwrite: true,
      backend,
      path: second.path,
    },
    context,
    { ...idleTask(), rows: { exportId } },
    () => {
      written.push(second.path);
      writeFileSync(second.path, 'new');
      return Promise.resolve({ path: second.path, bytes: 3, sha256: 'b'.repeat(64) });
    },
  );
  const wrote = written.length > 0;
  expect(outcome).toMatchObject({ path: second.path, sha256: wrote ? 'b'.repeat(64) : sha256 });
  expect(outcome.exportId === exportId).toBe(!wrote);
  return wrote;
}

const [ONE, TWO] = [join(dir, 'one.gguf'), join(dir, 'two.gguf')];

test.each([
  ['the same file, still there', { path: ONE, hash: 'h', isThere: true }, { path: ONE, hash: 'h' }, false],
  ['the same file, deleted since', { path: ONE, hash: 'h', isThere: false }, { path: ONE, hash: 'h' }, true],
  ['another choice of the same name', { path: ONE, hash: 'h', isThere: true }, { path: ONE, hash: 'i' }, true],
  ['another name', { path: ONE, hash: 'h', isThere: true }, { path: TWO, hash: 'h' }, true],
])('%s', async (_, first, second, isWritten) => {
  expect(await writesAgain(first, second)).toBe(isWritten);
});
