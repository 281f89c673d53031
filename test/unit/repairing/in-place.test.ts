// A repaired file takes the place of the one that it was made of, wherever a process was killed meanwhile.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RepairFacts } from '../../../electron/contract/repair.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { finishExport, startExport } from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { unfinishedPath } from '../../../electron/engine/base/files/unfinished.ts';
import { fileHash } from '../../hash.ts';
import { temporaryHome } from '../store/support.ts';
import { MODEL } from '../store/tiny-run.ts';
import { placeBeside, takeItsPlace, tookItsPlace } from '../../../electron/engine/write/repairing/write-model.ts';

const interval = { value: 0, standardError: null, low: null, high: null };
const compared = { before: interval, after: interval, difference: interval };
const FACTS: RepairFacts = {
  version: 1,
  parts: ['down'],
  domain: 'math',
  demos: 18,
  tokens: 4000,
  sequences: 'aa',
  ridge: 0.3,
  source: { name: 'model.gguf', fingerprint: 'bb' },
  gate: { demos: 6, tokens: 500, kl: compared, top1: compared, kept: true },
  seen: [],
};
const { signal } = new AbortController();

function repaired() {
  const folder = mkdtempSync(join(tmpdir(), 'winnow-places-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'out.gguf');
  writeFileSync(path, 'plain');
  const own = unfinishedPath(path);
  const beside = { folder: own, path, output: join(own, 'out.gguf') };
  mkdirSync(beside.folder);
  writeFileSync(beside.output, 'repaired');
  const file = { path: beside.output, bytes: 8, sha256: fileHash(beside.output) };
  return { folder, path, beside, file, text: () => readFileSync(path, 'utf8') };
}

test('it takes its place; killed after that, this is found', async () => {
  const { beside, file, path, text } = repaired();
  const taken = { ...file, path };
  expect(await takeItsPlace(file, FACTS, beside)).toEqual(taken);
  expect(text()).toBe('repaired');
  expect(await tookItsPlace(beside, signal)).toEqual({ file: taken, facts: FACTS });
});

test('killed before it had its place, the file is as it was, and nothing is gone on with', async () => {
  const { beside, file, path, text } = repaired();
  await takeItsPlace(file, FACTS, beside);
  renameSync(path, beside.output);
  writeFileSync(path, 'plain');
  expect(await tookItsPlace(beside, signal)).toBeNull();
  expect(text()).toBe('plain');
});

test('a file that was written anew meanwhile stays', async () => {
  const { beside, file, path, text } = repaired();
  await takeItsPlace(file, FACTS, beside);
  writeFileSync(path, 'written anew');
  expect(await tookItsPlace(beside, signal)).toBeNull();
  expect(text()).toBe('written anew');
});

test('the folder is new, is found again by the export’s row, and one left for earlier files goes', async () => {
  const store = openStore(temporaryHome());
  onTestFinished(() => store.close());
  const { folder, path } = repaired();
  const modelId = rememberModel(store, MODEL).id;
  const plan = { keep: 4, selectionHash: null, selectionId: null, domains: [] };
  const begin = (): number => {
    const { id } = startExport(store, modelId, plan, path);
    finishExport(store, id, { state: 'failed' });
    return id;
  };
  const foreign = join(folder, `.${basename(path)}.repair`);
  mkdirSync(foreign);
  const first = begin();
  const left = await placeBeside(store, first, path);
  mkdirSync(left.folder);
  expect(await placeBeside(store, first, path)).toEqual(left);
  const next = await placeBeside(store, begin(), path);
  expect(next.folder).not.toBe(left.folder);
  expect([left.folder, foreign].map((path) => existsSync(path))).toEqual([false, true]);
});
