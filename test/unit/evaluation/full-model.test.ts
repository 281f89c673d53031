import { describe, expect, test } from 'vitest';
import {
  findFullModel,
  requireFullModel,
  type FullModel,
} from '../../../electron/engine/measure/evaluation/prepare-subjects.ts';
import { openStore, type Store } from '../../../electron/engine/store/database.ts';
import { rememberModel } from '../../../electron/engine/store/models.ts';
import { MODEL } from '../store/tiny-run.ts';
import { temporaryHome } from '../store/support.ts';

const info = { ...MODEL, path: '/models/pruned.gguf', fingerprint: 'p'.repeat(64) };
const other = { info: { ...MODEL, path: '/models/other.gguf', fingerprint: 'o'.repeat(64) } };
const source = { info: { ...MODEL, path: '/models/full.gguf', fingerprint: 'f'.repeat(64) } };
const text = (value: string) => ({ type: 'string', array: false, length: 1, value }) as const;
const KV = {
  'winnow.source.name': text('full.gguf'),
  'winnow.source.fingerprint': text(source.info.fingerprint),
} as const;

/** What the keys name. @throws where they name nothing */
function named(
  subject: Parameters<typeof findFullModel>[1],
  kv: Parameters<typeof findFullModel>[2] = KV,
  store?: Store,
): FullModel {
  const made = findFullModel(store ?? openStore(temporaryHome()), subject, kv);
  if (made === null) throw new Error('the keys name no source');
  return made;
}

test('a file is measured against what its keys name, not against itself or another one', () => {
  const made = named({ info });
  expect(made).toMatchObject({ name: 'full.gguf', fingerprint: source.info.fingerprint });
  expect(requireFullModel({ info }, made, source)).toEqual({ isItsOwn: true, said: null });
  for (const against of [{ info }, other]) {
    expect(() => requireFullModel({ info }, made, against)).toThrow(/pruned\.gguf was made from full\.gguf/);
  }
});

test('a mask is measured against the masked model, also where that is pruned itself', () => {
  for (const masked of [
    { info, kept: [[0, 1]] },
    { info, activeExperts: 1 },
  ]) {
    const made = named(masked);
    requireFullModel(masked, made, { info });
    for (const against of [source, other]) {
      expect(() => requireFullModel(masked, made, against)).toThrow(/masked experts are those of \S*pruned\.gguf/);
    }
  }
});

describe('beside its full model in another type', () => {
  const kindred = 'c'.repeat(64);
  const f16 = { info: { ...other.info, kindred } };
  const seen = (): Store => {
    const store = openStore(temporaryHome());
    rememberModel(store, { ...source.info, sampled: 's'.repeat(64), kindred });
    return store;
  };

  test.each([
    ['which its keys say', () => named({ info }, { ...KV, 'winnow.source.kindred': text(kindred) })],
    ['which is known of its source here', () => named({ info }, KV, seen())],
    ['under a mask', () => named({ info: { ...source.info, kindred }, kept: [[0, 1]] })],
  ])('%s, it is measured, and told apart from a verdict', (_, find) => {
    const made = find();
    const { isItsOwn, said } = requireFullModel({ info }, made, f16);
    expect([isItsOwn, said?.code]).toEqual([false, 'besideKindred']);
    expect(() => requireFullModel({ info }, made, { info: { ...f16.info, kindred: 'd'.repeat(64) } })).toThrow();
  });
});

test('what names no source is held against nothing', () => {
  expect(findFullModel(openStore(temporaryHome()), { info }, {})).toBeNull();
});
