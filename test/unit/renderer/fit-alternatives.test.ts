// What stands beside a found file.
import { expect, test } from 'vitest';
import type { FitFile, FitFindings } from '../../../electron/contract/fit.ts';
import { alternativesOf } from '../../../renderer/screens/new/alternatives.ts';

const N_EXPERT = 32;
const inside = { value: 0.04, low: 0.02, high: 0.06 };

function file(keep: number, type: string | null): FitFile {
  return {
    keep,
    type,
    mix: null,
    width: null,
    bytes: 9e6,
    memoryBytes: 1e7,
    inside,
    outside: null,
    klMean: null,
    klOutside: null,
    top1: null,
    isContender: false,
    confirmed: null,
    repair: null,
  };
}

function rows(files: readonly FitFile[], over: number | null): readonly string[] {
  const compared = over === null ? null : { file: over, inside, outside: null };
  const result = { files, best: 0, nExpert: N_EXPERT, over: compared } as unknown as FitFindings;
  return alternativesOf(result).map(({ kind }) => kind);
}

test('the file of the other kind stands between the found one and the model', () => {
  expect(rows([file(24, 'Q3_K_M'), file(N_EXPERT, 'Q2_K')], 1)).toEqual(['shown', 'other', 'whole']);
});

test('where nothing was compared only the model stands beside it', () => {
  expect(rows([file(24, 'Q3_K_M')], null)).toEqual(['shown', 'whole']);
  expect(rows([file(N_EXPERT, null)], null)).toEqual(['shown']);
});

test('the model as it is stands once', () => {
  expect(rows([file(24, 'Q3_K_M'), file(N_EXPERT, null)], 1)).toEqual(['shown', 'whole']);
});
