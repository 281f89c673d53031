import { describe, expect, it } from 'vitest';
import { fusedCountsNear, resolveKeep } from '../../../electron/engine/experts/selection/keep-count.ts';
import { failure } from './matrices.ts';

describe('resolveKeep', () => {
  it.each([
    ['64', 64],
    [64, 64],
    [' 64 ', 64],
    ['1', 1],
    [1, 1],
    ['1.0', 128],
    ['100%', 128],
    ['0.5', 64],
    [0.5, 64],
    ['.25', 32],
    ['50%', 64],
    ['12.5%', 16],
    ['0.334', 43], // 42.752
    ['0.33', 42], // 42.24
    ['0.001', 1],
  ])('%s of 128 is %i', (spec, expected) => {
    expect(resolveKeep(spec, 128)).toBe(expected);
  });

  it('rounds halves up', () => {
    expect(resolveKeep('0.5', 5)).toBe(3);
    expect(resolveKeep('25%', 6)).toBe(2);
  });

  it.each(['', 'half', '-4', '0', '0.0', '0%', '1.5', '101%', '64.0', '1e2', '0.5.5', '%', '.', 'NaN'])(
    'refuses "%s"',
    (spec) => {
      expect(() => resolveKeep(spec, 128)).toThrow(failure('USAGE', `"${spec}"`, '1 to 128'));
    },
  );

  it.each([-1, 0, 1.5, NaN, Infinity])('refuses the number %s', (spec) => {
    expect(() => resolveKeep(spec, 128)).toThrow(failure('USAGE', String(spec)));
  });

  it('refuses more than there are', () => {
    expect(() => resolveKeep('129', 128)).toThrow(failure('SELECTION_IMPOSSIBLE', '129', 'has 128'));
  });
});

describe('fusedCountsNear', () => {
  it.each([1, 2, 8, 64, 128, 256, 288, 512, 576])('has nothing to say of %i', (keep) => {
    expect(fusedCountsNear(keep, 1024)).toEqual([]);
  });

  it('has nothing to say when nothing is pruned', () => {
    expect(fusedCountsNear(160, 160)).toEqual([]);
  });

  it.each([
    [100, 128, [64, 128]],
    [65, 100, [64]],
    [270, 512, [256, 288]],
    [300, 512, [288, 512]],
    [520, 1024, [512, 576]],
    [1024, 2048, [576]],
  ])('%i of %i: names the nearest', (keep, nExpert, counts) => {
    expect(fusedCountsNear(keep, nExpert)).toEqual(counts);
  });
});
