import { expect, test } from 'vitest';
import { compareJudged, judgedTokens } from '../../../electron/engine/write/repairing/gate.ts';

const TOKENS = [40, 60, 50, 30, 70, 50];

/** @param kl mean of each demo, and the share of tokens with the same likeliest one */
function judged(kl: readonly number[], top1: readonly number[]) {
  return {
    tokens: Uint32Array.from(TOKENS),
    kl: Float64Array.from(TOKENS, (n, demo) => n * kl[demo]!),
    sameTop: Float64Array.from(TOKENS, (n, demo) => n * top1[demo]!),
  };
}

const BEFORE = [0.3, 0.5, 0.2, 0.6, 0.4, 0.3];
const TOP1 = [0.8, 0.7, 0.9, 0.6, 0.7, 0.8];
const before = judged(BEFORE, TOP1);

test('what is better on every demo is kept, with the means over the tokens', () => {
  const gate = compareJudged(
    before,
    judged(
      BEFORE.map((kl) => kl - 0.1),
      TOP1.map((share) => share + 0.05),
    ),
  );
  expect(gate.kept).toBe(true);
  const mean = TOKENS.reduce((sum, n, demo) => sum + n * BEFORE[demo]!, 0) / 300;
  expect(gate.kl.before.value).toBeCloseTo(mean, 12);
  expect(gate.kl.difference.value).toBeCloseTo(-0.1, 12);
  expect(gate.top1.difference.value).toBeCloseTo(0.05, 12);
  expect(gate).toMatchObject({ demos: 6, tokens: 300 });
});

test.each([
  ['the same', BEFORE, TOP1],
  ['worse', BEFORE.map((kl) => kl + 0.1), TOP1],
  ['better on some and worse on others', BEFORE.map((kl, demo) => kl + (demo % 2 === 0 ? -0.15 : 0.12)), TOP1],
  ['nearer to the distributions, with fewer likeliest tokens', BEFORE.map((kl) => kl - 0.1), TOP1.map((s) => s - 0.1)],
])('%s is not', (_name, kl, top1) => {
  expect(compareJudged(before, judged(kl, top1)).kept).toBe(false);
});

test('one demo proves nothing', () => {
  const one = (kl: number) => ({
    tokens: Uint32Array.of(50),
    kl: Float64Array.of(kl),
    sameTop: Float64Array.of(40),
  });
  expect(compareJudged(one(20), one(1)).kept).toBe(false);
});

test('a demo is judged by its answers; where none are told, by all but its first token', () => {
  expect([...judgedTokens(Uint8Array.of(0, 0, 0, 1, 1, 0))]).toEqual([0, 0, 0, 1, 1, 0]);
  expect([...judgedTokens(Uint8Array.of(0, 0, 0))]).toEqual([0, 1, 1]);
});
