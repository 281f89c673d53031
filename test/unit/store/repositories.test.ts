// Models, demos, selections and exports, evaluations, settings.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ImportedDemo } from '../../../electron/contract/demo.ts';
import { msg } from '../../../electron/contract/sentences.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { deleteRows } from '../../../electron/engine/store/stored-rows.ts';
import { addDemos, listDemos } from '../../../electron/engine/store/demos.ts';
import { ensureDomain, listDomains } from '../../../electron/engine/store/domains.ts';
import { Ledger } from '../../../electron/engine/store/measurements.ts';
import {
  finishExport,
  getExport,
  listExports,
  markInterruptedExports,
  startExport,
} from '../../../electron/engine/store/exports.ts';
import { canonicalJson, hashJson } from '../../../electron/engine/base/files/canonical-json.ts';
import { findModel, getModel, listModels, rememberModel } from '../../../electron/engine/store/models.ts';
import {
  addSelection,
  listedSelections,
  listStates,
  renameSelection,
  trimHistory,
} from '../../../electron/engine/store/selections.ts';
import { temporaryHome } from './support.ts';
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
    lastSeenMs: 1000,
  });
  const other = rememberModel(
    store,
    { ...MODEL, fingerprint: 'e'.repeat(64), prunable: { ok: false, reason: msg('dense') } },
    1500,
  );
  const moved = { ...MODEL, path: '/other/tiny.gguf' };
  const again = rememberModel(store, moved, 2000);
  expect(again).toEqual({ ...first, path: '/other/tiny.gguf', info: moved, lastSeenMs: 2000 });
  expect(listModels(store).map(({ id }) => id)).toEqual([first.id, other.id]);
  expect(getModel(store, other.id)?.info.prunable).toEqual({ ok: false, reason: msg('dense') });
  expect(findModel(store, MODEL.fingerprint)).toEqual(again);
  expect(findModel(store, 'nothing')).toBeUndefined();
  store.close();
});

test('a domain holds each demo once', () => {
  const store = fresh();
  const math = ensureDomain(store, 'math');
  expect(math).toEqual({ id: 1, name: 'math', demos: 0, promptOnly: 0, texts: 0 });
  const chat: ImportedDemo = {
    content: { kind: 'chat', messages: [{ role: 'user', content: '1 + 1?' }] },
    hash: 'chat',
    line: 7,
  };
  expect(addDemos(store, math.id, '/d/a.jsonl', [textDemo('one', 1), chat])).toBe(2);
  expect(addDemos(store, math.id, '/d/b.jsonl', [textDemo('one', 3), textDemo('two', 4)])).toBe(1);
  const code = ensureDomain(store, 'code');
  expect(addDemos(store, code.id, '/d/a.jsonl', [textDemo('one', 1)])).toBe(1);
  expect(ensureDomain(store, 'math')).toEqual({ id: math.id, name: 'math', demos: 3, promptOnly: 1, texts: 0 });
  expect(listDomains(store).map(({ name, demos }) => [name, demos])).toEqual([
    ['code', 1],
    ['math', 3],
  ]);
  const demos = listDemos(store, math.id);
  expect(demos.map(({ hash, sourcePath, sourceLine }) => [hash, sourcePath, sourceLine])).toEqual([
    ['hash of one', '/d/a.jsonl', 1],
    ['chat', '/d/a.jsonl', 7],
    ['hash of two', '/d/b.jsonl', 4],
  ]);
  expect(demos[1]?.content).toEqual(chat.content);

  deleteRows(store, 'demos', 'id', [demos[0]!.id, demos[2]!.id]);
  expect(listDemos(store, math.id).map(({ hash }) => hash)).toEqual(['chat']);
  store.close();
});

describe('a choice that is edited', () => {
  const edited = () => {
    const store = fresh();
    const model = rememberModel(store, MODEL);
    const mask = { modelId: model.id, name: '', kept: [[1]], criterion: null, settings: {} };
    const first = addSelection(store, mask, 10);
    const second = addSelection(store, { ...mask, changedFrom: first }, 20);
    const third = addSelection(store, { ...mask, changedFrom: second }, 30);
    const other = addSelection(store, mask, 40);
    const listed = (): number[] => listedSelections(store).map(({ id }) => id);
    return { store, mask, first, second, third, other, listed };
  };

  test('lists the states that were named, written or measured too', () => {
    const { store, first, second, third, other, listed } = edited();
    renameSelection(store, first.id, 'good');
    expect(listed()).toEqual([other.id, third.id, first.id]);
    const plan = { keep: 1, selectionHash: null, selectionId: second.id, domains: [] };
    const { id } = startExport(store, first.modelId, plan, '/a', 60);
    expect(listed()).not.toContain(second.id);
    finishExport(store, id, { state: 'done', bytes: 1, sha256: 'a', seconds: 1 }, 61);
    expect(listed()).toEqual([other.id, third.id, second.id, first.id]);
    store.close();
  });

  test('forgets its oldest states when there are too many', () => {
    const { store, first, third } = edited();
    renameSelection(store, first.id, 'good');
    trimHistory(store, 1, 1);
    expect(listStates(store, 1).map(({ id }) => id)).toEqual([third.id, first.id]);
    store.close();
  });
});

test('an export runs, then tells what became of it', () => {
  const store = fresh();
  const model = rememberModel(store, MODEL);
  const written = { keep: 2, selectionHash: 'a'.repeat(64), selectionId: 7, domains: ['math'] };
  const one = startExport(store, model.id, written, '/out/a.gguf', 10);
  const two = startExport(store, model.id, { ...written, selectionId: null }, '/out/b.gguf', 20);
  expect(one).toMatchObject({ state: 'running', startedMs: 10, finishedMs: null, bytes: null, plan: written });
  expect(getExport(store, one.id)).toEqual(one);
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
  // another process writes c.gguf
  const busy = startExport(store, model.id, written, '/out/c.gguf', 41);
  expect(() => startExport(store, model.id, written, '/out/c.gguf')).toThrow(
    /\/out\/c\.gguf is being written by another Winnow/,
  );
  finishExport(store, busy.id, { state: 'failed' }, 42);
  const orphan = startExport(store, model.id, written, '/out/c.gguf', 45);
  store.run(`UPDATE exports SET owner_start = 'an earlier process' WHERE id = ?`, orphan.id);
  expect(markInterruptedExports(store, 50)).toBe(1);
  expect(listExports(store)[0]).toMatchObject({ id: orphan.id, state: 'interrupted', finishedMs: 50 });
  store.close();
});

test('evaluations come back newest first, those of their kind, and by what was measured', () => {
  const store = fresh();
  const form = { table: 'evaluations', settings: z.unknown(), result: z.unknown(), identityOf: () => 'own' } as const;
  const [compared, fitted] = [
    new Ledger(store, { ...form, kind: 'comparison' }),
    new Ledger(store, { ...form, kind: 'fit' }),
  ];
  const full = { measured: 'a', settings: { ctx: 512 }, result: { perplexity: 7.25 } };
  expect([compared.keep(full), compared.keep({ ...full, measured: 'b' }), fitted.keep(full)]).toEqual([1, 2, 3]);
  expect(compared.list()).toMatchObject([{ id: 2 }, { id: 1, ...full }]);
  expect(fitted.list()).toMatchObject([{ id: 3, ...full }]);
  expect(compared.find('a')).toEqual({ id: 3, result: full.result });
  expect(compared.find('c')).toBeNull();
  store.close();
});

test('canonical JSON does not depend on the order of keys, but on that of lists', () => {
  expect(canonicalJson({ b: [2, 1], a: { d: 1, c: null } })).toBe('{"a":{"c":null,"d":1},"b":[2,1]}');
  expect(hashJson({ a: 1, b: 2 })).toBe(hashJson({ b: 2, a: 1 }));
  expect(hashJson([1, 2])).not.toBe(hashJson([2, 1]));
});
