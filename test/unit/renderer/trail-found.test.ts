import { describe, expect, it } from 'vitest';
import type { Selection } from '../../../electron/contract/api/selections.ts';
import { EMPTY_TRAIL } from '../../../renderer/state/trail-choice.ts';
import { foundAgain, type Known } from '../../../renderer/state/trail-found.ts';

const MODEL = 'aaaaaaaaaaaaaaaa';
const run = (id: number, change: Partial<Known['runs'][number]> = {}) => ({
  id,
  modelId: MODEL,
  domain: 'python',
  scoredDemos: 3,
  startedMs: id,
  ...change,
});
const from = (id: number, ...runIds: number[]) => ({ id, request: { runIds } as unknown as Selection['request'] });
const file = (id: number, change: Partial<Known['exports'][number]> = {}) => ({
  id,
  state: 'done' as const,
  modelId: MODEL,
  selectionHash: 'a',
  selectionId: 8,
  quantType: null,
  repair: null,
  ...change,
});
const known: Known = {
  domains: [
    { id: 1, name: 'python' },
    { id: 2, name: 'math' },
  ],
  runs: [
    run(1),
    run(2),
    run(3, { domain: 'math' }),
    run(4, { modelId: 'bbbbbbbbbbbbbbbb' }),
    run(5, { scoredDemos: 0 }),
  ],
  selections: [from(9, 2, 3), from(8, 2), from(7, 2), from(6, 1)],
  selection: null,
  isGone: false,
  exports: [file(4, { selectionHash: 'b' }), file(3, { modelId: null }), file(2), file(1)],
};
const ofSet = { ...EMPTY_TRAIL, modelId: MODEL, domainId: 1 };

describe('what is found again', () => {
  it('is the latest run of the model and the demo set', () => {
    expect(foundAgain(ofSet, known)).toEqual({ runIds: [2] });
    expect(foundAgain({ ...ofSet, domainId: 2 }, known)).toEqual({ runIds: [3] });
    expect(foundAgain({ ...ofSet, modelId: 'cccccccccccccccc' }, known)).toBeNull();
    expect(foundAgain(EMPTY_TRAIL, { ...known, runs: [run(1, { modelId: null })] })).toBeNull();
  });

  it('is where the choice from exactly these runs was left', () => {
    expect(foundAgain({ ...ofSet, runIds: [2] }, known)).toEqual({ selectionId: 8 });
    expect(foundAgain({ ...ofSet, runIds: [2, 3] }, known)).toEqual({ selectionId: 9 });
    expect(foundAgain({ ...ofSet, runIds: [3] }, known)).toBeNull();
  });

  it('is another one where the chosen one was deleted', () => {
    const trail = { ...ofSet, runIds: [2], selectionId: 8 };
    const selections = known.selections.filter(({ id }) => id !== 8);
    expect(foundAgain(trail, { ...known, selections, isGone: true })).toEqual({ selectionId: 7 });
    expect(foundAgain(trail, { ...known, isGone: true }), 'by the list of before').toBeNull();
    expect(foundAgain(trail, known)).toBeNull();
  });

  it('is the newest file of exactly that choice', () => {
    const trail = { ...ofSet, runIds: [2], selectionId: 8 };
    expect(foundAgain(trail, { ...known, selection: { id: 8, hash: 'a' } })).toEqual({ exportId: 2 });
    expect(foundAgain(trail, { ...known, selection: { id: 8, hash: 'c' } })).toBeNull();
    expect(foundAgain({ ...trail, exportId: 4 }, { ...known, selection: { id: 8, hash: 'a' } })).toBeNull();
  });

  it('is nothing else beside a file that is chosen without a choice, unless that file is gone', () => {
    const trail = { ...ofSet, runIds: [2], exportId: 5 };
    const whole = file(5, { selectionHash: null, selectionId: null, quantType: 'Q3_K_S' });
    expect(foundAgain(trail, { ...known, exports: [whole, ...known.exports] })).toBeNull();
    expect(foundAgain(trail, { ...known, exports: [{ ...whole, modelId: null }] })).toEqual({ selectionId: 8 });
    expect(foundAgain(trail, known)).toEqual({ selectionId: 8 });
  });

  it('is that choice’s file in another type too, which computes something else', () => {
    const trail = { ...ofSet, runIds: [2], selectionId: 8 };
    const best = file(6, { selectionHash: 'of Q2_K', quantType: 'Q2_K' });
    const exports = [best, file(5, { selectionHash: 'of Q2_K', quantType: 'Q2_K', selectionId: 7 })];
    expect(foundAgain(trail, { ...known, exports, selection: { id: 8, hash: 'a' } })).toEqual({ exportId: 6 });
  });
});
