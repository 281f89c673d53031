import { expect, test } from 'vitest';
import { eliminateJointly, eliminatePairs } from '../../../electron/engine/measure/slow-criteria/elimination.ts';
import { uniformAt } from '../../../electron/engine/experts/selection/criteria.ts';

/** Symmetric, from its upper triangle row by row. */
function symmetric(n: number, ...upper: number[]): Float64Array {
  const values = new Float64Array(n * n);
  let next = 0;
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) values[i * n + j] = values[j * n + i] = upper[next++] ?? 0;
  return values;
}

// experts 0 and 1 meet 9 times, 2 and 3 8 times, 0 and 2 5 times, all others once
const pairs = symmetric(4, 0, 9, 5, 1, 0, 1, 1, 0, 8, 0);
const counts = Float64Array.of(20, 10, 30, 40);

test('of the most co-active pair the less used goes, until one is left', () => {
  // 0+1: 1 goes; 2+3: 2 goes; 0+3: 0 goes
  expect([...eliminatePairs(pairs, counts, true)]).toEqual([2, 0, 1, 3]);
});

test('of the least co-active pair the less used goes', () => {
  // 0+3: 0 goes; 1+2 before 1+3: 1 goes; 2+3: 2 goes
  expect([...eliminatePairs(pairs, counts, false)]).toEqual([0, 1, 2, 3]);
});

/** ‖Σ over the dropped of g·E‖² over the tokens, from the outputs themselves. */
function lost(outputs: readonly (readonly number[][])[], dropped: readonly number[]): number {
  return outputs.reduce((sum, experts) => {
    const rest = experts[0]!.map((_, d) => dropped.reduce((total, expert) => total + experts[expert]![d]!, 0));
    return sum + rest.reduce((square, value) => square + value ** 2, 0);
  }, 0);
}

test('jointly, each next expert is the one whose loss beside those that are gone is smallest', () => {
  const [nExpert, nTokens, width] = [6, 9, 4];
  let drawn = 0;
  const outputs = Array.from({ length: nTokens }, (_, token) =>
    Array.from({ length: nExpert }, (__, expert) =>
      Array.from({ length: width }, () => ((token + expert) % 2 === 0 ? uniformAt(3n, drawn++) - 0.5 : 0)),
    ),
  );
  const gram = new Float64Array(nExpert * nExpert);
  for (const experts of outputs)
    for (let i = 0; i < nExpert; i++)
      for (let j = 0; j < nExpert; j++)
        for (let d = 0; d < width; d++) gram[i * nExpert + j]! += experts[i]![d]! * experts[j]![d]!;
  const order = eliminateJointly(gram, nExpert);
  const gone = Array.from({ length: nExpert }, (_, at) => order.indexOf(at));
  for (let step = 0; step < nExpert; step++) {
    const before = gone.slice(0, step);
    const losses = gone.slice(step).map((expert) => lost(outputs, [...before, expert]));
    expect(losses[0]).toBeLessThanOrEqual(Math.min(...losses) + 1e-12);
  }
});

test('two experts that cancel each other go together, however large they are', () => {
  // 0 and 1 are opposite and always used together; 2 is small, 3 is large
  const gram = symmetric(4, 100, -100, 0, 0, 100, 0, 0, 120, 0, 400);
  expect([...eliminateJointly(gram, 4)]).toEqual([1, 0, 2, 3]);
});
