import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { writtenHash } from '../../../electron/engine/experts/selection/known-model.ts';
import { maskedHash, selectionHash } from '../../../electron/engine/experts/selection/selection.ts';
import { MODEL } from '../store/tiny-run.ts';

const FINGERPRINT = 'f'.repeat(64);
const PLAIN = { ...MODEL, fingerprint: FINGERPRINT };
const KEPT = [
  [0, 2],
  [1, 3],
];

test('the same model with the same experts is one choice, whatever grouping was asked of a model without groups', () => {
  const hash = selectionHash(PLAIN, { kept: KEPT, grouping: 'ungrouped', activeExperts: null });
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(selectionHash({ ...PLAIN }, { kept: structuredClone(KEPT), grouping: 'balanced', activeExperts: null })).toBe(
    hash,
  );
  expect(maskedHash({ info: PLAIN, kept: KEPT })).toBe(hash);
});

test('another model, other experts, the same in other layers and the full model are others', () => {
  const hashes = [
    selectionHash(PLAIN, { kept: KEPT, grouping: 'ungrouped', activeExperts: null }),
    selectionHash(
      { ...PLAIN, fingerprint: 'e'.repeat(64) },
      { kept: KEPT, grouping: 'ungrouped', activeExperts: null },
    ),
    selectionHash(PLAIN, { kept: [[0, 2], KEPT[0] ?? []], grouping: 'ungrouped', activeExperts: null }),
    selectionHash(PLAIN, { kept: KEPT.toReversed(), grouping: 'ungrouped', activeExperts: null }),
    maskedHash({ info: PLAIN }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('a model that picks groups first computes something else without them', () => {
  const grouped = { ...PLAIN, nExpertGroups: 2 };
  expect(selectionHash(grouped, { kept: KEPT, grouping: 'ungrouped', activeExperts: null })).not.toBe(
    selectionHash(grouped, { kept: KEPT, grouping: 'balanced', activeExperts: null }),
  );
  expect(selectionHash(grouped, { kept: KEPT, grouping: 'balanced', activeExperts: null })).toBe(
    selectionHash(PLAIN, { kept: KEPT, grouping: 'balanced', activeExperts: null }),
  );
});

test('fewer active experts are another choice, and choices that leave them alone have the hash of older versions', () => {
  const known = `{"kept":[[0,2],[1,3]],"model":"${FINGERPRINT}","ungrouped":false}`;
  expect(selectionHash(PLAIN, { kept: KEPT, grouping: 'ungrouped', activeExperts: null })).toBe(
    createHash('sha256').update(known).digest('hex'),
  );
  const hashes = [
    selectionHash(PLAIN, { kept: KEPT, grouping: 'ungrouped', activeExperts: null }),
    selectionHash(PLAIN, { kept: KEPT, grouping: 'ungrouped', activeExperts: 1 }),
    selectionHash(PLAIN, { kept: KEPT, grouping: 'ungrouped', activeExperts: 2 }),
    maskedHash({ info: PLAIN, activeExperts: 2 }),
    maskedHash({ info: PLAIN }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(maskedHash({ info: PLAIN, kept: KEPT, activeExperts: 2 })).toBe(hashes[2]);
});

test('a file in another type is not its choice, and each way to quantise makes another one', () => {
  const quantised = { type: 'Q4_K_M', rules: {}, imatrix: null, allowRequantize: false } as const;
  const hashes = [
    selectionHash(PLAIN, { kept: KEPT, grouping: 'ungrouped', activeExperts: null }),
    writtenHash(PLAIN, KEPT, { quantised }),
    writtenHash(PLAIN, KEPT, { quantised: { ...quantised, type: 'Q3_K_M' } }),
    writtenHash(PLAIN, KEPT, { quantised: { ...quantised, imatrix: 'code.gguf' } }),
    writtenHash(PLAIN, KEPT.toReversed(), { quantised }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(writtenHash(PLAIN, KEPT, { quantised: { ...quantised } })).toBe(hashes[1]);
});
