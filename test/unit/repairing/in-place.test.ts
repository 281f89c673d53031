// Repaired files take the places of those they were made of: all or none, wherever a process was killed meanwhile.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { RepairFacts } from '../../../electron/contract/repair.ts';
import {
  besideOf,
  finishTakingPlaces,
  leaveBeside,
  placeBeside,
  takePlaces,
} from '../../../electron/engine/write/repairing/in-place.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { finishExport, startExport } from '../../../electron/engine/store/exports.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { unfinishedPath } from '../../../electron/engine/base/files/unfinished.ts';
import { fileHash } from '../../hash.ts';
import { temporaryHome } from '../store/support.ts';
import { MODEL } from '../store/tiny-run.ts';

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
  const paths = [1, 2, 3].map((part) => join(folder, `out-${part}.gguf`));
  for (const path of paths) writeFileSync(path, `plain ${basename(path)}`);
  const beside = besideOf(paths, unfinishedPath(paths[0]!));
  mkdirSync(beside.folder);
  const files = [1, 2, 3].map((part) => {
    const path = join(beside.folder, `model-${part}.gguf`);
    writeFileSync(path, `repaired ${part}`);
    return { path, bytes: 10, sha256: fileHash(path) };
  });
  const texts = (): string[] => paths.map((path) => readFileSync(path, 'utf8'));
  return { folder, paths, beside, files, texts };
}

/** As a kill leaves them when so many have their places. */
async function takenUntil(part: number, { files, beside }: ReturnType<typeof repaired>): Promise<void> {
  await takePlaces(files, FACTS, beside);
  for (const [i, { path }] of files.entries()) if (i >= part) renameSync(beside.paths[i]!, path);
  for (const [i, path] of beside.paths.entries()) if (i >= part) writeFileSync(path, `plain ${basename(path)}`);
}

test('all of them take their places, and the folder goes', async () => {
  const { beside, files, paths, texts, folder } = repaired();
  const taken = await takePlaces(files, FACTS, beside);
  expect(taken.map(({ path }) => path)).toEqual(paths);
  await leaveBeside(beside);
  expect(texts()).toEqual(['repaired 1', 'repaired 2', 'repaired 3']);
  expect(readdirSync(folder)).toEqual(paths.map((path) => basename(path)));
});

test.each([1, 2, 3])('interrupted when %i of 3 had theirs, it is gone on with', async (part) => {
  const made = repaired();
  await takenUntil(part, made);
  const { beside, texts } = made;
  const finished = await finishTakingPlaces(beside, signal);
  expect(finished?.facts).toEqual(FACTS);
  expect(finished?.files).toEqual(made.files.map((file, i) => ({ ...file, path: beside.paths[i] })));
  expect(texts()).toEqual(['repaired 1', 'repaired 2', 'repaired 3']);
});

test('what is still to take its place is not deleted', async () => {
  const made = repaired();
  await takenUntil(1, made);
  await leaveBeside(made.beside);
  expect(await finishTakingPlaces(made.beside, signal)).not.toBeNull();
});

test('interrupted before the first had its place, the files are as they were, and nothing is gone on with', async () => {
  const made = repaired();
  await takenUntil(0, made);
  expect(await finishTakingPlaces(made.beside, signal)).toBeNull();
  await leaveBeside(made.beside);
  expect(made.texts()).toEqual(made.paths.map((path) => `plain ${basename(path)}`));
  expect(readdirSync(made.folder)).not.toContain(basename(made.beside.folder));
});

test('files that were written anew meanwhile stay', async () => {
  const made = repaired();
  await takenUntil(2, made);
  writeFileSync(made.paths[0]!, 'written anew');
  expect(await finishTakingPlaces(made.beside, signal)).toBeNull();
  expect(made.texts()[0]).toBe('written anew');
  expect(made.texts()[2]).toMatch(/^plain/);
});

test('the folder is new, is found again by the export’s row, and one left for earlier files goes', async () => {
  const store = openStore(temporaryHome());
  onTestFinished(() => store.close());
  const { folder, paths } = repaired();
  const modelId = rememberModel(store, MODEL).id;
  const plan = { keep: 4, files: paths, selectionHash: null, selectionId: null, domains: [] };
  const begin = (): number => {
    const { id } = startExport(store, modelId, plan, paths[0]!);
    finishExport(store, id, { state: 'failed' });
    return id;
  };
  const foreign = join(folder, `.${basename(paths[0]!)}.repair`);
  mkdirSync(foreign);
  const first = begin();
  const left = await placeBeside(store, first, paths);
  mkdirSync(left.folder);
  expect(await placeBeside(store, first, paths)).toEqual(left);
  const next = await placeBeside(store, begin(), paths);
  expect(next.folder).not.toBe(left.folder);
  expect([left.folder, foreign].map((path) => existsSync(path))).toEqual([false, true]);
});
