// What is planned of a choice's file belongs to that choice.
import { describe, expect, test } from 'vitest';
import type { Export } from '../../../electron/contract/api/exports.ts';
import { getPlan, withPlanGoneOn, writtenFile } from '../../../renderer/state/plans.ts';

const usual = getPlan({}, 1);
const quantise = { type: 'Q8_0', rules: {}, allowRequantize: true } as const;
const repair = { demos: null, limit: 48 };
const target = { id: 'a-grant-with-its-id', name: 'python.gguf', bytes: null };
const planned = { ...usual, imatrix: null, target, options: { ...usual.options, quantise, repair } };

test('another choice’s file has no type, matrix, repair or place of this one', () => {
  expect(getPlan({ 1: planned }, 2)).toEqual(usual);
  expect(usual).toMatchObject({ imatrix: 'run', target: null, options: { quantise: null, repair: null } });
});

describe('a choice that is changed', () => {
  test('goes on with what was planned', () => {
    expect(withPlanGoneOn({ 1: planned }, 1, 2)[2]).toEqual(planned);
  });

  test('goes to a new place where the first was written to', () => {
    const overwritten = { ...planned.options, overwrite: true };
    const gone = withPlanGoneOn({ 1: { ...planned, jobId: 7, options: overwritten } }, 1, 2);
    expect(gone[2]).toEqual({ ...planned, target: null, jobId: null });
  });

  test('keeps what was planned of it before, when it is gone back to', () => {
    const plans = { 1: planned, 2: usual };
    expect(withPlanGoneOn(plans, 1, 2)).toBe(plans);
  });
});

describe('the written file', () => {
  const file = {
    id: 3,
    state: 'done',
    modelId: 'aaaaaaaaaaaaaaaa',
    selectionHash: 'of Q4',
    selectionId: 5,
    quantType: 'Q4_K_M',
  } as unknown as Export;
  const selection = { id: 5, hash: 'a' };

  test('is the planned one where it is the choice’s, also after a reload', () => {
    expect(writtenFile(file, selection, usual)).toBe(file);
  });

  test('is not the planned one where another is wanted, it is another’s, or it is gone', () => {
    expect(writtenFile(file, selection, { isAnother: true })).toBeNull();
    expect(writtenFile(file, { id: 6, hash: 'b' }, usual)).toBeNull();
    expect(writtenFile({ ...file, modelId: null }, selection, usual)).toBeNull();
    expect(writtenFile(null, selection, usual)).toBeNull();
  });
});
