import { expect, test } from 'vitest';
import {
  choosingDemosOfFile,
  choosingDemosOfSelection,
  choosingDemosOfScores,
} from '../../../electron/engine/evaluation/choosing-demos.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { addSelection } from '../../../electron/engine/store/selections.ts';
import { createScoreRun } from '../../../electron/engine/store/score-runs.ts';
import { temporaryHome } from '../store/support.ts';
import { MODEL } from '../store/tiny-run.ts';
import { keep, text } from './demos.ts';

const fresh = (): Store => openStore(temporaryHome());

const source = (more: object = {}) => ({ domain: 'law', demos: ['law.jsonl:1', 'law.jsonl:2'], tokens: 2, ...more });

test('a selection knows its demos by their hashes, else by its runs, else by their names', () => {
  const store = fresh();
  const modelId = rememberModel(store, MODEL).id;
  const planned = (settings: object) => choosingDemosOfSelection(store, { modelId, settings, kept: [[1]] });
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
  const selection = {
    runIds: [run.id],
    criterion: 'easy-ep',
    keep: { kind: 'count', count: 4 },
    mix: 'shares',
    pins: [],
    drops: [],
    grouping: 'ungrouped',
    seed: 0,
  };
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
  expect(choosingDemosOfFile(store, {})).toBeNull();
  expect(choosingDemosOfFile(store, { 'winnow.selection': key('no JSON') })).toBeNull();
  const selection = JSON.stringify({ demos: [source({ hashes: ['a', 'b'] })] });
  expect(choosingDemosOfFile(store, { 'winnow.selection': key(selection) })).toHaveLength(2);
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
