import { expect, test } from 'vitest';
import { fullModelOf, requireFullModel } from '../../../electron/engine/measure/evaluation/full-model.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { MODEL } from '../store/tiny-run.ts';
import { temporaryHome } from '../store/support.ts';

const info = { ...MODEL, path: '/models/pruned.gguf', fingerprint: 'p'.repeat(64) };
const other = { info: { ...MODEL, path: '/models/other.gguf', fingerprint: 'o'.repeat(64) } };
const source = { info: { ...MODEL, path: '/models/full.gguf', fingerprint: 'f'.repeat(64) } };
const text = (value: string) => ({ type: 'string', array: false, length: 1, value }) as const;
const KV = {
  'winnow.source.name': text('full.gguf'),
  'winnow.source.fingerprint': text(source.info.fingerprint),
  'winnow.source.expert_count': { type: 'uint32', array: false, length: 1, value: 32 },
} as const;

test('a file is measured against what its keys name, not against itself or another one', () => {
  const made = fullModelOf(openStore(temporaryHome()), { info }, KV);
  expect(made).toEqual({ name: 'full.gguf', fingerprint: source.info.fingerprint, nExpert: 32 });
  requireFullModel({ info }, made, source);
  for (const against of [{ info }, other]) {
    expect(() => requireFullModel({ info }, made, against)).toThrow(/pruned\.gguf was made from full\.gguf/);
  }
});

test('a mask is measured against the masked model, also where that is pruned itself', () => {
  for (const masked of [
    { info, kept: [[0, 1]] },
    { info, activeExperts: 1 },
  ]) {
    const made = fullModelOf(openStore(temporaryHome()), masked, KV);
    requireFullModel(masked, made, { info });
    for (const against of [source, other]) {
      expect(() => requireFullModel(masked, made, against)).toThrow(/experts of \S*pruned\.gguf/);
    }
  }
});

test('what names no source is held against nothing', () => {
  expect(fullModelOf(openStore(temporaryHome()), { info }, {})).toBeNull();
  requireFullModel({ info }, null, other);
});
