// Finding super experts by their largest outputs, and pinning them.
import { expect, test } from 'vitest';
import { chooseExperts } from '../../../electron/engine/experts/selection/choose-experts.ts';
import { findSuperExperts, largestNorms } from '../../../electron/engine/experts/selection/super-experts.ts';
import { matrixOf } from './matrices.ts';

const N_EXPERT = 100;

/** Four layers whose largest norms lie between 1 and 2. */
function ordinary(): Float32Array {
  return Float32Array.from({ length: 4 * N_EXPERT }, (_, i) => 1 + ((i * 37) % 100) / 100);
}

function planted(...at: readonly (readonly [layer: number, expert: number, norm: number])[]): Float32Array {
  const norms = ordinary();
  for (const [layer, expert, norm] of at) norms[layer * N_EXPERT + expert] = norm;
  return norms;
}

test('a planted one is found, with how far it stands out', () => {
  const [found, ...others] = findSuperExperts(planted([2, 7, 300]), N_EXPERT);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ layer: 2, expert: 7, norm: 300 });
  expect(found!.times).toBeCloseTo(300 / 1.5, -1);
});

test('where all experts are alike there is none, although some are above the percentile', () => {
  expect(findSuperExperts(ordinary(), N_EXPERT)).toEqual([]);
  // ten times the median is large, but no massive activation
  expect(findSuperExperts(planted([0, 1, 15]), N_EXPERT)).toEqual([]);
});

test('in a narrow model one element weighs more in a norm, so that it has to stand out by more', () => {
  const norms = planted([0, 1, 45]);
  expect(findSuperExperts(norms, N_EXPERT, 2048).map(({ expert }) => expert)).toEqual([1]);
  expect(findSuperExperts(norms, N_EXPERT, 256)).toEqual([]);
});

test('what is less than a tenth of the largest is none, nor what many are like', () => {
  const two = findSuperExperts(planted([1, 3, 400], [1, 5, 39]), N_EXPERT);
  expect(two.map(({ expert }) => expert)).toEqual([3]);
  // the 99.5th percentile of 400: between the second and the third largest
  const many = findSuperExperts(planted([0, 1, 100], [1, 2, 101], [2, 3, 102], [3, 4, 103]), N_EXPERT);
  expect(many.map(({ layer }) => layer)).toEqual([3, 2]);
});

test('largest norms of several runs are the larger ones; unknown ones make all unknown', () => {
  expect(largestNorms([Float32Array.of(1, 5), Float32Array.of(3, 2)])).toEqual(Float32Array.of(3, 5));
  expect(largestNorms([Float32Array.of(1, 5), null])).toBeNull();
  expect(largestNorms([null])).toBeNull();
});

const routing = { nExpert: 8, nExpertUsed: 1, nExpertGroups: 0, expertsPerBlock: 1 };
const matrix = matrixOf([8, 7, 6, 5, 4, 3, 2, 1], [1, 2, 3, 4, 5, 6, 7, 8]);
const maxNorm = new Float32Array(16).fill(1);
maxNorm[6] = 500;

const choose = (change: object = {}, norms: Float32Array | null = maxNorm) =>
  chooseExperts([{ domain: 'a', matrix, maxNorm: norms }], routing, {
    keep: 2,
    mix: 'shares',
    pins: [],
    drops: [],
    grouping: 'ungrouped',
    superExperts: 'pin',
    ...change,
  });

test('it is kept whatever its score, and what that costs is said', () => {
  const pinned = choose();
  expect(pinned.kept).toEqual([
    [0, 6],
    [6, 7],
  ]);
  expect(pinned.superExperts).toMatchObject([{ layer: 0, expert: 6, isPinned: true }]);
  expect(pinned.retainedUnpinned).toBeCloseTo(15 / 36, 12);
  expect(pinned.retained[0]).toBeCloseTo(10 / 36, 12);
});

test('ranked like all others, forbidden, or unknown, it is not', () => {
  const byScore = [
    [0, 1],
    [6, 7],
  ];
  for (const choice of [
    choose({ superExperts: 'rank' }),
    choose({ superExperts: undefined }),
    choose({ drops: [{ layer: 0, expert: 6 }] }),
  ]) {
    expect(choice.kept).toEqual(byScore);
    expect(choice.superExperts).toMatchObject([{ layer: 0, expert: 6, isPinned: false }]);
    expect(choice.retainedUnpinned).toBeNull();
  }
  expect(choose({}, null)).toMatchObject({ kept: byScore, superExperts: [] });
});

test('pins by hand go first: a pin that nobody asked for makes no choice impossible', () => {
  const pins = [0, 1].map((expert) => ({ layer: 0, expert }));
  expect(choose({ pins }).kept[0]).toEqual([0, 1]);
  const inGroups = chooseExperts(
    [{ domain: 'a', matrix, maxNorm }],
    { ...routing, nExpertGroups: 2 },
    {
      keep: 4,
      mix: 'shares',
      drops: [],
      grouping: 'balanced',
      superExperts: 'pin',
      pins: [4, 5].map((expert) => ({ layer: 0, expert })),
    },
  );
  expect(inGroups.kept[0]).toEqual([0, 1, 4, 5]);
});
