import { expect, test } from 'vitest';
import {
  comparisonFigures,
  evaluationFigures,
  perplexityError,
} from '../../../electron/engine/evaluation/statistics.ts';

test('perplexity is the exponential of the mean, its error that of the mean times it', () => {
  // mean 2, deviations -1, 0, 1: sample variance 1
  const figures = evaluationFigures(Float32Array.of(1, 2, 3));
  expect(figures.nll).toBe(2);
  expect(figures.nllStderr).toBeCloseTo(1 / Math.sqrt(3), 12);
  expect(figures.perplexity).toBeCloseTo(Math.exp(2), 12);
  expect(figures.tokens).toBe(3);
  expect(perplexityError(figures)).toBeCloseTo(Math.exp(2) / Math.sqrt(3), 12);
});

test('divergence has the error of a mean, agreement that of a share', () => {
  const figures = comparisonFigures(Float32Array.of(0, 0, 0, 4), Uint8Array.of(1, 1, 1, 0));
  expect(figures.klMean).toBe(1);
  // sample variance 4, of 4 values
  expect(figures.klMeanStderr).toBeCloseTo(1, 12);
  expect(figures.klP99).toBe(4);
  expect(figures.top1Agreement).toBe(0.75);
  expect(figures.top1Stderr).toBeCloseTo(Math.sqrt((0.75 * 0.25) / 4), 12);
});

test('where all values agree there is no error', () => {
  const figures = comparisonFigures(Float32Array.of(0, 0), Uint8Array.of(1, 1));
  expect(figures).toEqual({ klMean: 0, klMeanStderr: 0, klP99: 0, top1Agreement: 1, top1Stderr: 0 });
  expect(evaluationFigures(Float32Array.of(1.5)).nllStderr).toBe(0);
});
