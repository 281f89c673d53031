import { expect, it } from 'vitest';
import { milestones } from '../../../renderer/screens/score/milestones.ts';

const of = (...demos: number[]): number[] =>
  milestones(demos.map((n) => ({ demos: n, agreed: 1, low: 1, high: 1, held: 1 }))).map((point) => point.demos);

it('names the points of the papers, and half of the demos', () => {
  expect(of(1, 2, 3, 5, 7, 10, 15, 20, 25, 30, 40)).toEqual([1, 2, 5, 10, 25, 40]);
  expect(of(10, 15, 20, 25, 30, 50, 70, 100, 150, 200, 250, 300, 500, 620)).toEqual([10, 25, 50, 100, 250, 500, 620]);
  expect(of(1, 2, 3)).toEqual([1, 2, 3]);
  expect(of(1, 2, 5, 10, 25)).toEqual([1, 2, 5, 10, 25]);
});
