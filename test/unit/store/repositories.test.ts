// Models, demos, plans and exports, evaluations, settings.
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ImportedDemo } from '../../../electron/contract/demo.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import {
  addDemos,
  deleteDemos,
  deleteDomain,
  ensureDomain,
  listDemos,
  listDomains,
  renameDomain,
} from '../../../electron/engine/store/demos.ts';
import { addEvaluation, listEvaluations } from '../../../electron/engine/store/evaluations.ts';
import {
  addPlan,
  finishExport,
  getPlan,
  listExports,
  listPlans,
  markInterruptedExports,
  startExport,
} from '../../../electron/engine/store/exports.ts';
import { canonicalJson } from '../../../electron/engine/files/canonical-json.ts';
import { hashJson } from '../../../electron/engine/store/json.ts';
import { findModel, getModel, listModels, rememberModel } from '../../../electron/engine/store/models.ts';
import { deleteSetting, getSetting, setSetting } from '../../../electron/engine/store/settings.ts';
import { temporaryHome, thrownBy } from './support.ts';
import { MODEL } from './tiny-run.ts';

const fresh = (): Store => openStore(temporaryHome());
const textDemo = (text: string, line: number): ImportedDemo => ({
  content: { kind: 'text', text },
  hash: `hash of ${text}`,
  line,
});

test('a model is known by its fingerprint: seen again elsewhere it keeps its number', () => {
  const store = fresh();
  const first = rememberModel(store, MODEL, 1000);
  expect(first).toEqual({
    id: 1,
    path: MODEL.path,
    fingerprint: MODEL.fingerprint,
    info: MODEL,
    firstSeenMs: 1000,
    lastSeenMs: 1000,
  });
  const other = rememberModel(
    store,
    { ...MODEL, fingerprint: 'e'.repeat(64), prunable: { ok: false, reason: 'dense' } },
    1500,
  );
  const moved = { ...MODEL, path: '/other/tiny.gguf' };
  const again = rememberModel(store, moved, 2000);
  expect(again).toEqual({ ...first, path: '/other/tiny.gguf', info: moved, lastSeenMs: 2000 });
  expect(listModels(store).map(({ id }) => id)).toEqual([first.id, other.id]);
  expect(getModel(store, other.id)?.info.prunable).toEqual({ ok: false, reason: 'dense' });
  expect(findModel(store, MODEL.fingerprint)).toEqual(again);
  expect(findModel(store, 'nothing')).toBeUndefined();
  store.close();
});

test('a domain holds each demo once', () => {
  const store = fresh();
  const math = ensureDomain(store, 'math');
  expect(math).toEqual({ id: 1, name: 'math', demos: 0 });
  const chat: ImportedDemo = {
    content: { kind: 'chat', messages: [{ role: 'user', content: '1 + 1?' }] },
    hash: 'chat',
    line: 7,
  };
  expect(addDemos(store, math.id, '/d/a.jsonl', [textDemo('one', 1), chat], 5)).toEqual({ added: 2, known: 0 });
  expect(addDemos(store, math.id, '/d/b.jsonl', [textDemo('one', 3), textDemo('two', 4)], 6)).toEqual({
    added: 1,
    known: 1,
  });
  const code = ensureDomain(store, 'code');
  expect(addDemos(store, code.id, '/d/a.jsonl', [textDemo('one', 1)])).toEqual({ added: 1, known: 0 });
  expect(ensureDomain(store, 'math')).toEqual({ id: math.id, name: 'math', demos: 3 });
  expect(listDomains(store).map(({ name, demos }) => [name, demos])).toEqual([
    ['code', 1],
    ['math', 3],
  ]);
  const demos = listDemos(store, math.id);
  expect(demos.map(({ hash, sourcePath, sourceLine, addedMs }) => [hash, sourcePath, sourceLine, addedMs])).toEqual([
    ['hash of one', '/d/a.jsonl', 1, 5],
    ['chat', '/d/a.jsonl', 7, 5],
    ['hash of two', '/d/b.jsonl', 4, 6],
  ]);
  expect(demos[1]?.content).toEqual(chat.content);

  deleteDemos(store, [demos[0]!.id, demos[2]!.id]);
  expect(listDemos(store, math.id).map(({ hash }) => hash)).toEqual(['chat']);
  store.close();
});

test('a domain is renamed to a free name only, and deleted with its demos', () => {
  const store = fresh();
  const a = ensureDomain(store, 'a');
  const b = ensureDomain(store, 'b');
  addDemos(store, a.id, '/d', [textDemo('one', 1)]);
  expect(thrownBy(() => renameDomain(store, b.id, 'a')).code).toBe('USAGE');
  renameDomain(store, a.id, 'a');
  renameDomain(store, b.id, 'c');
  deleteDomain(store, a.id);
  expect(listDomains(store)).toEqual([{ id: b.id, name: 'c', demos: 0 }]);
  expect(store.all(z.unknown(), 'SELECT * FROM demos')).toEqual([]);
  store.close();
});

test('plans belong to their model', () => {
  const store = fresh();
  const model = rememberModel(store, MODEL);
  const kept = [
    [0, 3],
    [1, 2],
    [4, 7],
  ];
  const plan = addPlan(store, model.id, kept, 'easy-ep', { keep: 2 }, 9);
  expect(plan).toEqual({ id: 1, modelId: model.id, kept, criterion: 'easy-ep', settings: { keep: 2 }, createdMs: 9 });
  const later = addPlan(store, model.id, kept, 'random', { seed: 1 });
  expect(getPlan(store, plan.id)).toEqual(plan);
  expect(listPlans(store, model.id).map(({ id }) => id)).toEqual([later.id, plan.id]);
  expect(listPlans(store, model.id + 1)).toEqual([]);
  expect(() => addPlan(store, 99, kept, 'reap', {})).toThrow(/FOREIGN KEY/);
  store.close();
});

test('an export runs, then tells what became of it', () => {
  const store = fresh();
  const model = rememberModel(store, MODEL);
  const one = startExport(store, model.id, { kept: [[1]] }, '/out/a.gguf', 10);
  const two = startExport(store, model.id, {}, '/out/b.gguf', 20);
  expect(one).toMatchObject({ state: 'running', startedMs: 10, finishedMs: null, bytes: null, plan: { kept: [[1]] } });
  // Both are this process's, which lives.
  expect(markInterruptedExports(store)).toBe(0);
  finishExport(store, one.id, { state: 'done', bytes: 2 ** 40, sha256: 'ab', seconds: 1.5 }, 30);
  finishExport(store, two.id, { state: 'cancelled' }, 40);
  expect(
    listExports(store).map(({ state, bytes, sha256, seconds, finishedMs }) => [
      state,
      bytes,
      sha256,
      seconds,
      finishedMs,
    ]),
  ).toEqual([
    ['cancelled', null, null, null, 40],
    ['done', 2 ** 40, 'ab', 1.5, 30],
  ]);
  const orphan = startExport(store, model.id, {}, '/out/c.gguf');
  store.run(`UPDATE exports SET owner_start = 'an earlier process' WHERE id = ?`, orphan.id);
  expect(markInterruptedExports(store, 50)).toBe(1);
  expect(listExports(store)[0]).toMatchObject({ id: orphan.id, state: 'interrupted', finishedMs: 50 });
  store.close();
});

test('evaluations come back newest first', () => {
  const store = fresh();
  addEvaluation(store, '/m/full.gguf', { ctx: 512 }, { perplexity: 7.25 }, 1);
  const second = addEvaluation(store, '/m/cut.gguf', { ctx: 512 }, { perplexity: 8 }, 2);
  expect(listEvaluations(store)).toEqual([
    second,
    { id: 1, modelPath: '/m/full.gguf', settings: { ctx: 512 }, result: { perplexity: 7.25 }, createdMs: 1 },
  ]);
  store.close();
});

test('a setting is set, replaced and deleted', () => {
  const store = fresh();
  setSetting(store, 'theme', 'dark');
  setSetting(store, 'theme', 'light');
  expect(getSetting(store, 'theme', z.string())).toBe('light');
  deleteSetting(store, 'theme');
  expect(getSetting(store, 'theme', z.string())).toBeUndefined();
  store.close();
});

test('canonical JSON does not depend on the order of keys, but on that of lists', () => {
  expect(canonicalJson({ b: [2, 1], a: { d: 1, c: null } })).toBe('{"a":{"c":null,"d":1},"b":[2,1]}');
  expect(hashJson({ a: 1, b: 2 })).toBe(hashJson({ b: 2, a: 1 }));
  expect(hashJson([1, 2])).not.toBe(hashJson([2, 1]));
});
