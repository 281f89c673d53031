import { describe, expect, test } from 'vitest';
import { parseBudget } from '../../../electron/engine/measure/benchmark/compare-throughput.ts';
import {
  MAX_SEQUENCES,
  memoryOf,
  sequencesWithin,
} from '../../../electron/engine/measure/benchmark/measure-throughput.ts';

const MIB = 2 ** 20;
const memory = { weightBytes: 100 * MIB, computeBytes: 8 * MIB, ubatchTokens: 64, bytesPerSequence: MIB };

describe('sequences within a budget', () => {
  test('weights, compute buffers and one cache for each sequence fill the budget', () => {
    expect(memoryOf(memory, 4)).toBe(112 * MIB);
    expect(sequencesWithin(112 * MIB, memory)).toBe(4);
    expect(sequencesWithin(112 * MIB - 1, memory)).toBe(3);
  });

  test('buffers are made for a multiple of the sequences', () => {
    // 3 · 22 = 66 of 64 tokens
    expect(memoryOf(memory, 3)).toBe(103 * MIB + (8 * MIB * 66) / 64);
    expect(memoryOf(memory, 128)).toBe(228 * MIB + 2 * 8 * MIB);
  });

  test('what is chosen fits, and no larger count does', () => {
    for (let budget = 108 * MIB; budget < 400 * MIB; budget += 3_333_333) {
      const count = sequencesWithin(budget, memory);
      if (count > 0) expect(memoryOf(memory, count)).toBeLessThanOrEqual(budget);
      for (let more = count + 1; more <= MAX_SEQUENCES; more++) expect(memoryOf(memory, more)).toBeGreaterThan(budget);
    }
  });

  test('nothing fits a budget below the weights', () => {
    expect(sequencesWithin(90 * MIB, memory)).toBe(0);
    expect(sequencesWithin(109 * MIB - 1, memory)).toBe(0);
    expect(sequencesWithin(109 * MIB, memory)).toBe(1);
  });

  test('a context of llama.cpp takes 256 sequences at most', () => {
    expect(sequencesWithin(1e15, memory)).toBe(256);
  });
});

describe('budgets as the user writes them', () => {
  test.each([
    ['1.1x', 1100],
    ['0.7 x', 700],
    ['.5X', 500],
    ['2×', 2000],
    ['3KiB', 3072],
    ['1.5 kB', 1500],
  ])('%s', (text, bytes) => expect(parseBudget(text, 1000)).toBe(bytes));

  test.each(['', 'x', '1.1xx', '-1x', 'half'])('"%s" is refused', (text) => {
    expect(() => parseBudget(text, 1000)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
