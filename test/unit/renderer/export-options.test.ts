import { expect, test } from 'vitest';
import type { SelectionRequest } from '../../../electron/contract/api/selections.ts';
import { findMatrixRun, optionsWith, type ChosenOptions } from '../../../renderer/state/export-options.ts';

const options: ChosenOptions['options'] = {
  nextn: 'drop',
  quantise: null,
  imatrix: null,
  imatrixRun: null,
  repair: null,
  allowFewerUsed: false,
  overwrite: false,
};
const quantise = { type: 'Q4_K_M', rules: {}, allowRequantize: false } as const;
const run = (id: number, importance: boolean, state: 'done' | 'running' = 'done') => ({ id, importance, state });
const of = (...runIds: number[]) => ({ request: { runIds } as unknown as SelectionRequest });

const chosen = { options, imatrix: 'run' } as const;

test('a selection has the matrix of its only run, once that is finished', () => {
  const runs = [run(1, true), run(2, false), run(3, true, 'running')];
  expect(findMatrixRun(of(1), runs)?.id).toBe(1);
  for (const selection of [of(2), of(3), of(4), of(1, 2), { request: null }]) {
    expect(findMatrixRun(selection, runs)).toBeNull();
  }
});

test('the run’s own matrix is taken where a type is chosen, and not beside a file or against a choice', () => {
  const own = { ...chosen, options: { ...options, quantise } };
  expect(optionsWith(own, { id: 7 })).toMatchObject({ imatrix: null, imatrixRun: 7 });
  expect(optionsWith(own, null)).toMatchObject({ imatrix: null, imatrixRun: null });
  expect(optionsWith({ ...own, options }, { id: 7 })).toMatchObject({ imatrix: null, imatrixRun: null });
  expect(optionsWith({ ...own, imatrix: null }, { id: 7 })).toMatchObject({ imatrix: null, imatrixRun: null });
  const file = { id: 'a-grant', name: 'python.imatrix.gguf' } as unknown as Exclude<ChosenOptions['imatrix'], 'run'>;
  expect(optionsWith({ ...own, imatrix: file }, { id: 7 })).toMatchObject({
    imatrix: 'a-grant',
    imatrixRun: null,
  });
});
