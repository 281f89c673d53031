import { expect, test } from 'vitest';
import { costOf } from '../../../electron/engine/measure/evaluation/choice-figures.ts';
import { combine } from '../../../renderer/measures/combine.ts';
import { figure, fullMeasured, measured } from '../renderer/proof.ts';

test('a verdict says of several texts what the Prove screen says', () => {
  const full = fullMeasured();
  const rows = [
    measured({ klMean: figure(0.01, 0.02), klP99: figure(1, 0.1), top1: figure(0.99, 0.02), tokens: 300 }),
    measured({ klMean: figure(0.02, 0.05), klP99: figure(3, 0.1), top1: figure(0.98, 0.02), tokens: 100 }),
  ];
  const cost = costOf(rows.map((result) => ({ full: { result: full }, result })));
  const { top1, ratio } = combine(rows);
  expect(top1).toMatchObject(cost.top1 ?? {});
  expect(ratio).toMatchObject(cost.ratio);
  expect(cost.top1).toMatchObject({ high: 1 });
});

test('a cost needs a text', () => {
  expect(() => costOf([])).toThrow(RangeError);
});
