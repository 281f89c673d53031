import { expect, test } from 'vitest';
import type { GgufValue } from '../../../electron/contract/model-info.ts';
import { integer } from '../pruning/tiny-model.ts';
import { readProvenance } from '../../../electron/engine/models/library/header-reader.ts';

const text = (value: string): GgufValue => ({ type: 'string', array: false, length: 1, value });
const WRITTEN = {
  'winnow.source.name': text('big.gguf'),
  'winnow.source.fingerprint': text('abc'),
  'winnow.source.expert_count': integer(64),
};

test('a file that Winnow did not write', () => {
  expect(readProvenance({ 'general.name': text('big') }, 64)).toBeNull();
});

test('one that it cut by a mask of unknown origin', () => {
  expect(readProvenance(WRITTEN, 32)).toEqual({
    'winnow.source.name': 'big.gguf',
    'winnow.source.fingerprint': 'abc',
    'winnow.source.expert_count': '64',
    'winnow.kept': '32',
  });
});

test('one that it cut by a selection', () => {
  const selection = JSON.stringify({
    mix: 'shares',
    demos: [{ domain: 'python' }, { domain: '' }, { domain: 'math' }],
  });
  const kv = { ...WRITTEN, 'winnow.criterion': text('easy-ep'), 'winnow.selection': text(selection) };
  expect(readProvenance(kv, 32)).toMatchObject({ 'winnow.criterion': 'easy-ep', 'winnow.domains': 'python, math' });
});

test.each(['{', '[]', '{"demos": 3}', '{"demos": []}'])('a selection that says nothing: %s', (selection) => {
  const facts = readProvenance({ ...WRITTEN, 'winnow.selection': text(selection) }, 32);
  expect(facts).not.toBeNull();
  expect(facts).not.toHaveProperty('winnow.domains');
});
