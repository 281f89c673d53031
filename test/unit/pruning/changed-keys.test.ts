import { expect, test } from 'vitest';
import type { GgufHeader } from '../../../electron/contract/model-info.ts';
import { changedKeys } from '../../../electron/engine/write/pruning/changed-keys.ts';

const kv: GgufHeader['kv'] = {
  'x.expert_count': { type: 'uint32', array: false, value: 32, length: 1 },
  'x.size': { type: 'uint64', array: false, value: 2n ** 40n, length: 1 },
  'x.list': { type: 'int32', array: true, value: [1, 2, 3], length: 3 },
  'x.long': { type: 'int32', array: true, value: null, length: 5000 },
  'split.count': { type: 'uint16', array: false, value: 2, length: 1 },
};

test('what is set anew, changed or left out is told; what stays the same is not', () => {
  const changes = changedKeys(
    {
      set: [
        { key: 'x.expert_count', value: 16 },
        { key: 'x.size', value: 2n ** 40n },
        { key: 'x.list', value: [1, 2] },
        { key: 'x.long', value: Array.from({ length: 12 }, (_, i) => i) },
        { key: 'winnow.criterion', value: 'easy-ep' },
        { key: 'winnow.text', value: 'x'.repeat(1000) },
      ],
      remove: ['split.count', 'split.no'],
    },
    kv,
  );
  expect(changes).toEqual([
    { key: 'x.expert_count', from: '32', to: '16' },
    { key: 'x.list', from: '[1, 2, 3]', to: '[1, 2]' },
    { key: 'x.long', from: '[… 5000]', to: '[0, 1, 2, 3, 4, 5, 6, 7, … 12]' },
    { key: 'winnow.criterion', from: null, to: 'easy-ep' },
    { key: 'winnow.text', from: null, to: `${'x'.repeat(200)}…` },
    { key: 'split.count', from: '2', to: null },
  ]);
});

test('a key that is removed and set again is a change', () => {
  const file = { set: [{ key: 'split.count', value: 3 }], remove: ['split.count'] };
  expect(changedKeys(file, kv)).toEqual([{ key: 'split.count', from: '2', to: '3' }]);
});
