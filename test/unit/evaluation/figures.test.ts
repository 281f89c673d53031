import { expect, test } from 'vitest';
import {
  comparisonFigures,
  ownFigures,
  unitSums,
  unitTokens,
  type Grouping,
} from '../../../electron/engine/measure/evaluation/figures.ts';

const READ = { ctx: 2, chunks: 3 };
const grouping = (...unitOf: number[]): Grouping => ({ unit: 'chunk', unitOf: Uint32Array.from(unitOf) });

test('units are counted and added up', () => {
  const units = grouping(0, 0, 1, 2, 2, 2);
  expect(unitTokens(units)).toEqual(Uint32Array.of(2, 1, 3));
  expect(unitSums(Float32Array.of(1, 2, 4, 8, 16, 32), units)).toEqual(Float64Array.of(3, 4, 56));
  expect(unitTokens(grouping())).toEqual(new Uint32Array());
});

test('perplexity is the exponential of the mean, so are the ends of its interval; its error is that of the mean times it', () => {
  const figures = ownFigures(Float32Array.of(1, 3, 1, 1, 3, 3), grouping(0, 0, 1, 1, 2, 2), READ);
  expect(figures).toMatchObject({ nll: { value: 2 }, tokens: 6, unit: 'chunk', units: 3 });
  expect(figures.perplexity.value).toBeCloseTo(Math.exp(2), 12);
  // three units: the interval reaches from the lowest to the highest
  expect(figures.perplexity.low).toBeCloseTo(Math.exp(1), 12);
  expect(figures.perplexity.high).toBeCloseTo(Math.exp(3), 12);
  // means 2, 1, 3: sample variance 1
  expect(figures.nll.standardError).toBeCloseTo(1 / Math.sqrt(3), 1);
  expect(figures.perplexity.standardError).toBeCloseTo(Math.exp(2) * (figures.nll.standardError ?? NaN), 12);
});

test('a subject is compared token by token with its reference', () => {
  const units = grouping(0, 0, 1, 1);
  const values = {
    nll: Float32Array.of(1, 2, 3, 4),
    kl: Float32Array.of(0, 0, 0, 4),
    sameTop: Uint8Array.of(1, 1, 1, 0),
  };
  const figures = comparisonFigures(values, Float64Array.of(2, 6), units);
  expect(figures).toMatchObject({
    klMean: { value: 1, low: 0, high: 2 },
    klP99: { value: 4, low: 0, high: 4 },
    top1: { value: 0.75, low: 0.5, high: 1 },
  });
  // 10 nats against 8 over 4 tokens
  expect(figures.ratio.value).toBeCloseTo(Math.exp(0.5), 12);
});

test('the ratio is paired: what moves both models does not widen it', () => {
  const chunks = Array.from({ length: 20 }, (_, i) => i);
  // chunks differ by up to 2 nats, the subject is 0.1 nats worse in every one of them
  const reference = Float64Array.from(chunks, (i) => ((i * 7) % 20) / 10);
  const nll = Float32Array.from(reference, (sum) => sum + 0.1);
  const zeros = { kl: new Float32Array(20), sameTop: new Uint8Array(20) };
  const figures = comparisonFigures({ nll, ...zeros }, reference, grouping(...chunks));
  expect(figures.ratio.value).toBeCloseTo(Math.exp(0.1), 6);
  expect((figures.ratio.high ?? NaN) - (figures.ratio.low ?? NaN)).toBeLessThan(1e-6);
  const { perplexity } = ownFigures(nll, grouping(...chunks), READ);
  expect((perplexity.high ?? NaN) / (perplexity.low ?? NaN)).toBeGreaterThan(1.5);
});

test('where all values agree there is no error, and for one unit none is known', () => {
  const same = { nll: Float32Array.of(2, 2), kl: new Float32Array(2), sameTop: Uint8Array.of(1, 1) };
  expect(comparisonFigures(same, Float64Array.of(2, 2), grouping(0, 1))).toEqual({
    ratio: { value: 1, standardError: 0, low: 1, high: 1 },
    klMean: { value: 0, standardError: 0, low: 0, high: 0 },
    klP99: { value: 0, standardError: 0, low: 0, high: 0 },
    top1: { value: 1, standardError: 0, low: 1, high: 1 },
  });
  const alone = ownFigures(Float32Array.of(1, 2), grouping(0, 0), READ);
  expect(alone).toMatchObject({ nll: { value: 1.5, standardError: null }, units: 1 });
  expect(alone.perplexity).toMatchObject({ standardError: null, low: null, high: null });
});
