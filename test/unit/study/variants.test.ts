// Choices as files in other types and with fewer active experts: which there are, and what each is compared with.
import { expect, test } from 'vitest';
import type { EvaluationFigures } from '../../../electron/contract/api/evaluations.ts';
import type { StudyFigures } from '../../../electron/engine/measure/study/measure.ts';
import type { StudyChoice } from '../../../electron/engine/measure/study/methods.ts';
import { variantRows } from '../../../electron/engine/measure/study/rows.ts';
import { variantGroups } from '../../../electron/engine/measure/study/summary.ts';
import { variantsOf, type StudyVariant } from '../../../electron/engine/measure/study/variants.ts';

const INFO = { moeLayers: [0, 1], nExpert: 4 };
const half: StudyChoice = {
  method: 'easy-ep',
  seed: null,
  domain: 'law',
  keep: 2,
  kept: [
    [0, 1],
    [2, 3],
  ],
};
const random: StudyChoice = { ...half, method: 'random', seed: 1, domain: null };

test('a domain’s choices and all experts come in every type and count, but for the full model itself', () => {
  const variants = variantsOf([half, random], INFO, ['law'], { types: ['Q8_0', 'Q4_K_M', 'Q8_0'], activeExperts: [1] });
  const told = variants.map(
    ({ choice, type, activeExperts }) => `${choice.method} ${choice.keep} ${type} ${activeExperts}`,
  );
  expect(told).toEqual([
    ...['whole 4 null 1', 'whole 4 Q8_0 null', 'whole 4 Q8_0 1', 'whole 4 Q4_K_M null', 'whole 4 Q4_K_M 1'],
    ...['easy-ep 2 null null', 'easy-ep 2 null 1', 'easy-ep 2 Q8_0 null', 'easy-ep 2 Q8_0 1'],
    ...['easy-ep 2 Q4_K_M null', 'easy-ep 2 Q4_K_M 1'],
  ]);
  expect(variants[0]?.choice.kept).toEqual([
    [0, 1, 2, 3],
    [0, 1, 2, 3],
  ]);
});

test('none where none is asked for', () => {
  expect(variantsOf([half], INFO, ['law'], {})).toEqual([]);
});

const at = (value: number) => ({ value, standardError: 0, low: value, high: value });

/** @param nats of each of three units with ten tokens; the full model has 10 each */
function measured(variant: StudyVariant, text: string, nats: readonly number[]): StudyFigures['variants'][number] {
  const mean = nats.reduce((sum, nll) => sum + nll, 0) / 30;
  const result: EvaluationFigures = {
    perplexity: at(Math.exp(mean)),
    nll: at(mean),
    ratio: at(Math.exp(mean - 1)),
    tokens: 30,
    unit: 'chunk',
    units: 3,
    ctx: 20,
    chunks: 3,
    klMean: at(0.1),
    klP99: at(1),
    top1: at(0.9),
  };
  const sums = { tokens: Uint32Array.of(10, 10, 10), nll: Float64Array.from(nats), kl: null };
  return { variant, text, result, sums };
}

const whole: StudyChoice = { method: 'whole', seed: null, domain: 'law', keep: 4, kept: [] };
const BYTES: Readonly<Record<string, number>> = {
  '4 Q8_0': 100,
  '4 Q4_K_M': 60,
  '4 Q2_K': 40,
  '2 null': 110,
  '2 Q8_0': 59,
  '2 Q2_K': 30,
};

test('a file stands beside the largest one with all experts that is no larger, in pairs', async () => {
  const as = (choice: StudyChoice, type: StudyVariant['type']): StudyVariant => ({ choice, type, activeExperts: null });
  const rows = await variantRows(
    [
      measured(as(whole, 'Q8_0'), 'law', [10, 11, 12]),
      measured(as(whole, 'Q4_K_M'), 'law', [11, 12, 13]),
      measured(as(whole, 'Q2_K'), 'law', [14, 15, 16]),
      measured(as(whole, 'Q2_K'), 'tax', [20, 20, 20]),
      measured({ ...as(whole, 'Q4_K_M'), activeExperts: 1 }, 'law', [30, 30, 30]),
      // over Q8_0 of all, over Q2_K of all, and too small for any
      measured(as(half, null), 'law', [13, 14, 15]),
      measured(as(half, 'Q8_0'), 'law', [13, 14, 15]),
      measured(as(half, 'Q2_K'), 'law', [17, 18, 19]),
      measured(as(half, 'Q8_0'), 'tax', [26, 26, 26]),
    ],
    ['law'],
    ({ choice, type }) => Promise.resolve(BYTES[`${choice.keep} ${type}`] ?? NaN),
  );
  const over = rows.map(({ method, type, text, overWhole }) => [method, type, text, overWhole?.value ?? null]);
  expect(over.slice(0, 5).every(([, , , value]) => value === null)).toBe(true);
  // three nats more in each unit of ten tokens, one less, none to compare with, six more
  expect(over.slice(5)).toEqual([
    ['easy-ep', null, 'law', expect.closeTo(Math.exp(0.3), 9)],
    ['easy-ep', 'Q8_0', 'law', expect.closeTo(Math.exp(-0.1), 9)],
    ['easy-ep', 'Q2_K', 'law', null],
    ['easy-ep', 'Q8_0', 'tax', expect.closeTo(Math.exp(0.6), 9)],
  ]);
  // the same in every unit: pairs leave no doubt, though the units differ
  expect(rows[6]?.overWhole?.low).toBeCloseTo(Math.exp(-0.1), 9);
  expect(rows[6]?.overWhole?.high).toBeCloseTo(Math.exp(-0.1), 9);

  const groups = variantGroups(rows);
  expect(groups.map(({ bytes }) => bytes)).toEqual([110, 100, 60, 60, 59, 40, 30]);
  expect(groups[4]).toMatchObject({ method: 'easy-ep', type: 'Q8_0', inside: { pairs: 1 }, outside: { pairs: 1 } });
  expect(groups[4]?.overWhole?.value).toBeCloseTo(Math.exp(-0.1), 9);
  expect(groups[6]?.overWhole).toBeNull();
});
