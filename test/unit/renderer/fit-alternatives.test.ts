// What stands beside a found file, and what of it was compared with that file.
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

function rows(files: readonly FitFile[], over: number | null) {
  const compared = over === null ? null : { file: over, inside, outside: null };
  const result = { files, best: 0, nExpert: N_EXPERT, over: compared } as unknown as FitFindings;
  return alternativesOf(result).map(({ kind, over: of }) => [kind, of?.value ?? null]);
}

test('the file of the other kind has a figure against the found one', () => {
  const files = [file(24, 'Q3_K_M'), file(N_EXPERT, 'Q2_K')];
  expect(rows(files, 1)).toEqual([
    ['shown', null],
    ['other', 0.04],
    ['whole', null],
  ]);
});

test('where nothing was compared no row has a figure', () => {
  expect(rows([file(24, 'Q3_K_M')], null)).toEqual([
    ['shown', null],
    ['whole', null],
  ]);
  expect(rows([file(N_EXPERT, null)], null)).toEqual([['shown', null]]);
});

test('the model as it is stands once, with its figure where it is what was compared', () => {
  expect(rows([file(24, 'Q3_K_M'), file(N_EXPERT, null)], 1)).toEqual([
    ['shown', null],
    ['whole', 0.04],
  ]);
});
