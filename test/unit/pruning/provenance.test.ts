import { expect, test } from 'vitest';
import { findSelection, provenanceKeys } from '../../../electron/engine/write/pruning/provenance.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { addSelection } from '../../../electron/engine/store/selections.ts';
import { failure } from '../selection/matrices.ts';
import { temporaryHome } from '../store/support.ts';
import { MODEL } from '../store/tiny-run.ts';

const kept = [
  [0, 3],
  [1, 2],
  [4, 7],
];

test('experts are told by the selection that is named, else by the newest that keeps them, else by none', () => {
  const store = openStore(temporaryHome());
  const model = rememberModel(store, MODEL);
  const selection = { modelId: model.id, name: '', kept, criterion: 'reap' as const, settings: { seed: 1 } };
  const first = addSelection(store, selection);
  const second = addSelection(store, selection);
  expect(findSelection(first.id, kept, model, store)?.id).toBe(first.id);
  expect(findSelection(undefined, kept, model, store)?.id).toBe(second.id);
  expect(findSelection(99, kept, model, store)?.id).toBe(second.id);
  expect(findSelection(first.id, [[1, 2]], model, store)).toBeNull();
  expect(provenanceKeys(MODEL, kept, first)).toContainEqual({
    key: 'winnow.selection',
    type: 'string',
    value:
      '{"mix":"shares","grouping":"ungrouped","activeExperts":null,"seed":1,"superExperts":"rank","demos":[],"retained":null}',
  });
  const rules = { tensors: [{ pattern: 'ffn_down_(ch)?exps', type: 'iq4_nl' as const }] };
  expect(provenanceKeys(MODEL, kept, first, rules)).toContainEqual({
    key: 'winnow.quantised',
    type: 'string',
    value: '{"tensors":[{"pattern":"ffn_down_(ch)?exps","type":"iq4_nl"}]}',
  });
  const keys = provenanceKeys(MODEL, kept, addSelection(store, { ...selection, criterion: null })).map(
    ({ key }) => key,
  );
  expect(keys).toEqual([
    'winnow.source.name',
    'winnow.source.fingerprint',
    'winnow.source.expert_count',
    'winnow.kept_experts',
  ]);
  store.close();
});

test('the text of how experts were chosen has one length, whatever was found', () => {
  const lengthOf = (runId: number, retained: number): number => {
    const selection = { runIds: [runId], criterion: 'easy-ep', keep: { kind: 'count', count: 2 }, mix: 'shares' };
    const settings = {
      demos: [{ domain: '法律', demos: ['a'], tokens: 7 }],
      retained,
      selection: { ...selection, pins: [], drops: [], grouping: 'ungrouped', seed: 0 },
    };
    const keys = provenanceKeys(MODEL, kept, { criterion: 'easy-ep', settings });
    const text = keys.find(({ key }) => key === 'winnow.selection')?.value as string;
    const said = { demos: settings.demos, mix: 'shares', grouping: 'ungrouped', seed: 0 };
    expect(JSON.parse(text)).toMatchObject({ ...said, retained: expect.closeTo(retained, 4) as number });
    expect(text).not.toContain('runIds');
    return Buffer.byteLength(text);
  };
  const lengths = [lengthOf(1, 1), lengthOf(123_456, 0.9), lengthOf(3, 1 / 3), lengthOf(3, 1.5e-7)];
  expect(new Set(lengths).size).toBe(1);
});

test('the last digits of a processor do not show in the text', () => {
  const textOf = (retained: number): unknown => {
    const selection = { runIds: [1], criterion: 'easy-ep', keep: { kind: 'count', count: 2 }, mix: 'shares' };
    const settings = {
      demos: [],
      retained,
      selection: { ...selection, pins: [], drops: [], grouping: 'ungrouped', seed: 0 },
    };
    return provenanceKeys(MODEL, kept, { criterion: 'easy-ep', settings }).find(
      ({ key }) => key === 'winnow.selection',
    );
  };
  expect(textOf(0.9667131814638134)).toEqual(textOf(0.9667130976184456));
  expect(textOf(0.96)).not.toEqual(textOf(0.97));
});

test('another file at the same place does not get the experts of the one that was scored', () => {
  const store = openStore(temporaryHome());
  const selection = addSelection(store, {
    modelId: rememberModel(store, MODEL).id,
    name: '',
    kept,
    criterion: null,
    settings: {},
  });
  const other = rememberModel(store, { ...MODEL, fingerprint: 'e'.repeat(64) });
  expect(() => findSelection(selection.id, kept, other, store)).toThrow(failure('MODEL_CHANGED', MODEL.path));
  store.close();
});
