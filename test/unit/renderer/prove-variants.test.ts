import { describe, expect, it } from 'vitest';
import type { Variant } from '../../../electron/contract/api/evaluations.ts';
import type { Export } from '../../../electron/contract/api/exports.ts';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { variantKey, variantOptions } from '../../../renderer/screens/prove/proof/variants.ts';
import { CHOICE, FILE, fullMeasured, measured, MODEL } from './proof.ts';

const preview = (selectionId: number): Variant => ({ kind: 'preview', selectionId });
const OTHER = '6'.repeat(64);
const selection: Selection = {
  id: 5,
  hash: CHOICE,
  name: 'python, 16/32',
  isNamed: true,
  modelId: MODEL,
  modelName: 'Sample',
  criterion: 'easy-ep',
  domains: ['python'],
  keep: 16,
  nExpert: 32,
  kept: [],
  retained: 0.9,
  grouping: 'ungrouped',
  activeExperts: null,
  request: {
    runIds: [1],
    criterion: 'easy-ep',
    keep: { kind: 'count', count: 16 },
    mix: 'shares',
    pins: [],
    drops: [],
    grouping: 'ungrouped',
    seed: 1,
  },
  createdMs: 1,
};

function written(change: Partial<Export>): Export {
  return {
    id: 1,
    sourceName: 'Sample',
    sourceModelId: MODEL,
    modelId: FILE,
    displayPath: '~/Models/python-16e.gguf',
    selectionHash: CHOICE,
    selectionId: 5,
    fullBytes: 2,
    bytes: 1,
    sha256: null,
    seconds: 1,
    state: 'done',
    startedMs: 1,
    keep: 16,
    nExpert: 32,
    quantType: null,
    repair: null,
    ...change,
  };
}

const named = (...args: Parameters<typeof variantOptions>): string[] =>
  variantOptions(...args).map(({ kind, criterion, name }) => `${kind} ${name || (criterion ?? '')}`);

describe('what can be measured', () => {
  it('is the preview, and the files', () => {
    expect(named(selection, [written({})], null, [])).toEqual(['preview easy-ep', 'file python-16e.gguf']);
  });

  it('leaves out files that are gone, unfinished, or of another model, and takes each once', () => {
    const other = written({ id: 2, modelId: 'cccccccccccccccc', displayPath: 'C:\\m\\other.gguf' });
    const exports = [
      written({}),
      other,
      written({ id: 3 }),
      written({ id: 4, modelId: null }),
      written({ id: 5, state: 'failed' }),
      written({ id: 6, sourceModelId: 'dddddddddddddddd' }),
    ];
    expect(named(selection, exports, other, [])).toEqual([
      'preview easy-ep',
      'file other.gguf',
      'file python-16e.gguf',
    ]);
  });

  it('keeps the figures of what is gone', () => {
    const rows = [
      fullMeasured(),
      measured(),
      measured({ variant: { kind: 'model', modelId: FILE }, label: 'python-16e' }),
      measured({ variant: { kind: 'model', modelId: FILE }, label: 'python-16e', textId: 2 }),
      measured({ variant: preview(6), selectionId: 6, selectionHash: OTHER }),
    ];
    const options = variantOptions(selection, [], null, rows);
    expect(options.map(({ kind, name }) => [kind, name])).toEqual([
      ['preview', ''],
      ['gone', 'python-16e'],
    ]);
  });

  it('tells variants apart by their experts', () => {
    const keyOf = (variant: Variant, selectionHash: string | null = CHOICE) => variantKey({ variant, selectionHash });
    const keys = [
      keyOf(preview(5)),
      keyOf(preview(6), OTHER),
      keyOf({ kind: 'model', modelId: MODEL }, null),
      keyOf({ kind: 'model', modelId: FILE }),
      // the file was written anew
      keyOf({ kind: 'model', modelId: FILE }, OTHER),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    // the same experts, by another selection
    expect(keyOf(preview(6))).toBe(keys[0]);
  });

  it('puts files of other choices last, and none of their figures among its own', () => {
    const other = written({ id: 2, modelId: 'cccccccccccccccc', displayPath: '~/maths.gguf', selectionHash: OTHER });
    const rows = [
      measured({ variant: { kind: 'model', modelId: 'dddddddddddddddd' }, label: 'python gone' }),
      measured({ variant: { kind: 'model', modelId: 'eeeeeeeeeeeeeeee' }, label: 'maths gone', selectionHash: OTHER }),
    ];
    const options = variantOptions(selection, [other, written({})], other, rows);
    expect(options.map(({ name, isOwn }) => [name, isOwn])).toEqual([
      ['', true],
      ['python-16e.gguf', true],
      ['python gone', true],
      ['maths.gguf', false],
    ]);
    const overwritten = written({ selectionHash: OTHER });
    expect(
      variantOptions(selection, [overwritten], null, [measured({ variant: { kind: 'model', modelId: FILE } })]),
    ).toMatchObject([
      { kind: 'preview', isOwn: true },
      { kind: 'gone', isOwn: true },
      { kind: 'file', isOwn: false },
    ]);
  });

  it('counts a file in another type for the selection that it was written from, with its figures', () => {
    const best = written({ id: 2, selectionHash: OTHER, quantType: 'Q2_K' });
    const options = variantOptions(selection, [best], best, [
      { ...measured({ variant: { kind: 'model', modelId: FILE }, selectionHash: OTHER }) },
    ]);
    expect(options.map(({ kind, isOwn }) => [kind, isOwn])).toEqual([
      ['preview', true],
      ['file', true],
    ]);
  });
});
