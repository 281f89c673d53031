import type { GgufKeys } from '../../../electron/contract/model-info.ts';
import { expect, test } from 'vitest';
import {
  choosingDemosOfFile,
  choosingDemosOfScores,
  choosingDemosOfSelection,
  earlierKeys,
} from '../../../electron/engine/write/pruning/choosing-demos.ts';
import { type Store, openStore } from '../../../electron/engine/store/database.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { addSelection } from '../../../electron/engine/store/selections.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { temporaryHome } from '../store/support.ts';
import { MODEL } from '../store/tiny-run.ts';
import { keep, text } from './demos.ts';
import { selectionRequest } from '../../selection-request.ts';

const fresh = (): Store => openStore(temporaryHome());

const source = (more: object = {}) => ({ domain: 'law', demos: ['law.jsonl:1', 'law.jsonl:2'], tokens: 2, ...more });

test('a selection knows its demos by their hashes, else by its runs, else by their names', () => {
  const store = fresh();
  const modelId = rememberModel(store, MODEL).id;
  const of = addSelection(store, { modelId, name: '', kept: [[1]], criterion: null, settings: {} });
  const planned = (settings: object) => choosingDemosOfSelection(store, { ...of, settings });
  expect(planned({ demos: [source({ hashes: ['a', 'b'] })] })).toEqual([
    { id: 'law.jsonl:1', hash: 'a' },
    { id: 'law.jsonl:2', hash: 'b' },
  ]);
  expect(planned({ demos: [source()] })).toEqual(source().demos.map((id) => ({ id, hash: null })));

  const stored = keep(store, '/d/law.jsonl', text('One.'), text('Two.'), text('Three.'));
  expect(planned({ demos: [source()] })).toEqual(stored.slice(0, 2));

  const run = createScoreRun(store, {
    modelId,
    domain: 'law',
    settings: {},
    demos: ['c', 'd', 'e'].map((hash, i) => ({ hash, id: `law.jsonl:${i + 1}`, tokens: 1 })),
  });
  const scored = [
    { id: 'law.jsonl:1', hash: 'c' },
    { id: 'law.jsonl:2', hash: 'd' },
  ];
  expect(planned({ demos: [source()] })).toEqual(scored);
  expect(planned({ demos: [source({ domain: 'medicine' })] })).toEqual(scored.map(({ id }) => ({ id, hash: null })));
  const selection = selectionRequest([run.id], { kind: 'count', count: 4 });
  expect(planned({ demos: [source({ domain: 'renamed' })], selection })).toEqual(scored);
  expect(planned({})).toEqual([]);
  store.close();
});

test('a mask is taken to come from the selection that keeps the same experts', () => {
  const store = fresh();
  const selection = { modelId: rememberModel(store, MODEL).id, name: '', criterion: 'reap' as const };
  addSelection(store, { ...selection, kept: [[0, 1]], settings: { demos: [source({ hashes: ['a', 'b'] })] } });
  addSelection(store, { ...selection, kept: [[0, 2]], settings: { demos: [source({ hashes: ['c', 'd'] })] } });
  const mask = (kept: number[][]) =>
    choosingDemosOfSelection(store, addSelection(store, { ...selection, criterion: null, kept, settings: {} }));
  expect(mask([[0, 1]]).map(({ hash }) => hash)).toEqual(['a', 'b']);
  expect(mask([[0, 3]])).toEqual([]);
  store.close();
});

test('a file knows them by its keys', () => {
  const store = fresh();
  const key = (value: string) => ({ type: 'string', array: false, length: 1, value }) as const;
  expect(choosingDemosOfFile(store, {})).toEqual([]);
  expect(choosingDemosOfFile(store, { 'winnow.selection': key('no JSON') })).toEqual([]);
  const selection = JSON.stringify({ demos: [source({ hashes: ['a', 'b'] })] });
  expect(choosingDemosOfFile(store, { 'winnow.selection': key(selection) })).toHaveLength(2);
  store.close();
});

test('a file that was pruned again, or repaired, knows all that had a part in it', () => {
  const store = fresh();
  const key = (value: string) => ({ type: 'string', array: false, length: 1, value }) as const;
  const of = (fingerprint: string, said: Readonly<Record<string, unknown>>) => ({
    'winnow.source.name': key('model.gguf'),
    'winnow.source.fingerprint': key(fingerprint),
    ...Object.fromEntries(Object.entries(said).map(([name, value]) => [name, key(JSON.stringify(value))])),
  });
  const chosenBy = (...hashes: string[]) => ({ demos: [source({ hashes })] });
  const interval = { value: 0.1, standardError: null, low: null, high: null };
  const compared = { before: interval, after: interval, difference: interval };
  const facts = {
    version: 1,
    domain: 'law',
    demos: 4,
    parts: ['down'],
    tokens: 9,
    sequences: '',
    ridge: 0.3,
    source: { name: 'model.gguf', fingerprint: 'full' },
    gate: { demos: 4, tokens: 9, kl: compared, top1: compared, kept: true },
  };
  const seen = [{ id: 'law.jsonl:9', hash: 'c' }];
  const hashes = (kv: GgufKeys) => choosingDemosOfFile(store, kv).map(({ hash }) => hash);

  const once = of('full', { 'winnow.selection': chosenBy('a', 'b'), 'winnow.repair': { ...facts, seen } });
  expect(hashes(once)).toEqual(['a', 'b', 'c']);
  const earlierOf = (kv: GgufKeys) =>
    Object.fromEntries(earlierKeys(kv).map(({ key: name, value }) => [name, key(value as string)]));
  const twice = { ...of('once', { 'winnow.selection': chosenBy('d', 'e') }), ...earlierOf(once) };
  expect(hashes(twice)).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(hashes({ ...of('twice', {}), ...earlierOf(twice) })).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(earlierKeys({})).toEqual([]);
  store.close();
});

test('a scores file knows them by its hashes, an older one by their names', () => {
  const store = fresh();
  const model = { path: '', arch: 'qwen3moe', moe_layers: [1], n_expert: 2, n_expert_used: 1 };
  const criteria = { 'easy-ep': [], reap: [], ean: [], gate: [], frequency: [] };
  const of = (...hashes: object[]) =>
    choosingDemosOfScores(store, {
      model,
      domain: 'law',
      tokens: 2,
      criteria,
      demos: hashes.map((hash, i) => ({ id: `law.jsonl:${i + 1}`, tokens: 1, ...hash })),
    });
  expect(of({ hash: 'a' }, { hash: 'b' }).map(({ hash }) => hash)).toEqual(['a', 'b']);
  const stored = keep(store, '/d/law.jsonl', text('One.'));
  expect(of({}, {})).toEqual([...stored, { id: 'law.jsonl:2', hash: null }]);
  store.close();
});
