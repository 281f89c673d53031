// How far a fit can go, by fits that try to go far: Adam as native/src/router-fit.cpp writes it, step by step, on made-up gradients.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { routerReach } from '../../../electron/engine/write/pruning/router-reach.ts';

const EPOCHS = 10;
const BATCH = 256;

/** @returns how far one value comes from where it began, at the farthest. @param gradient of a step */
function farthest(tokens: number, gradient: (step: number, value: number) => number): number {
  const steps = EPOCHS * Math.ceil(tokens / BATCH);
  let [value, mean, square, far] = [0, 0, 0, 0];
  for (let step = 0; step < steps; step++) {
    const rate = 3e-3 * 0.5 * (1 + Math.cos((Math.PI * step) / steps));
    const g = gradient(step, value);
    mean = 0.9 * mean + 0.1 * g;
    square = 0.999 * square + 0.001 * g * g;
    const [first, second] = [mean / (1 - 0.9 ** (step + 1)), square / (1 - 0.999 ** (step + 1))];
    value -= (rate * first) / (Math.sqrt(second) + 1e-8);
    far = Math.max(far, Math.abs(value));
  }
  return far;
}

const TOKENS = [1, 256, 257, 3000, 12_000];

test.each(TOKENS)('gradients of one sign, of %i tokens, stay within', (tokens) => {
  expect(farthest(tokens, () => 1)).toBeLessThan(routerReach(tokens).rows);
});

test.each(TOKENS)(
  'gradients that grow as Adam forgets, of %i tokens, stay within, and use half of it or more',
  (tokens) => {
    const far = farthest(tokens, (step) => (0.999 / 0.9) ** step);
    expect(far).toBeLessThan(routerReach(tokens).rows);
    if (tokens > 1000) expect(far).toBeGreaterThan(routerReach(tokens).rows / 2);
  },
);

test('any gradients stay within', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...TOKENS),
      fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 })),
      (tokens, some) => {
        const far = farthest(tokens, (step) => some[step % Math.max(1, some.length)] ?? 0);
        expect(far).toBeLessThan(routerReach(tokens).rows);
      },
    ),
  );
});

test('factors go three times as far', () => {
  expect(routerReach(3000).factors).toBeCloseTo(3 * routerReach(3000).rows, 12);
});
