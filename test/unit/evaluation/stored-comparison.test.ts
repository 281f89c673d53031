import type { EvaluationFigures } from '../../../electron/contract/api/evaluations.ts';
import { expect, test } from 'vitest';
import {
  comparisonLedger,
  type ComparisonSettings,
} from '../../../electron/engine/measure/evaluation/figure-ledger.ts';
import type { Interval } from '../../../electron/contract/interval.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { addMeasurement } from '../../../electron/engine/store/measurements.ts';
import { temporaryHome } from '../store/support.ts';

const SETTINGS: ComparisonSettings = {
  variant: { kind: 'model', modelId: 'aaaaaaaaaaaaaaaa' },
  label: 'half',
  full: { name: 'Sample', fingerprint: 'f' },
  fingerprint: 'e',
  selectionId: null,
  text: { id: 1, name: 'a.txt', domain: 'law', hash: 'h' },
  inDomain: null,
};

const ROW = { kind: 'comparison', modelPath: '/m.gguf', measured: null, settings: SETTINGS } as const;

const ABOUT = { tokens: 1000, unit: 'document', units: 12, ctx: 512, chunks: 4 } as const;

const FULL: EvaluationFigures = {
  ...ABOUT,
  perplexity: { value: 10, standardError: 0.5, low: 9, high: 11.5 },
  nll: { value: 2.3, standardError: 0.05, low: Math.log(9), high: Math.log(11.5) },
  ratio: null,
  klMean: null,
  klP99: null,
  top1: null,
};

const HALF: EvaluationFigures = {
  ...FULL,
  ratio: { value: 1.2, standardError: 0.02, low: 1.16, high: 1.24 },
  klMean: { value: 0.1, standardError: 0.01, low: 0.08, high: 0.12 },
  klP99: { value: 2, standardError: 0.3, low: 1.5, high: 2.6 },
  top1: { value: 0.8, standardError: 0.02, low: 0.76, high: 0.84 },
};

const unsure = (value: number): Interval => ({ value, standardError: null, low: null, high: null });

test('figures come back as they were stored, without intervals too', () => {
  const store = openStore(temporaryHome());
  const ledger = comparisonLedger(store);
  const alone = { ...HALF, nll: unsure(2.3), perplexity: unsure(10), klMean: unsure(0.1), units: 1 };
  for (const [i, result] of [FULL, HALF, alone].entries()) {
    const settings = { ...SETTINGS, text: { ...SETTINGS.text, id: i } };
    ledger.keep({ modelPath: '/m.gguf', measured: `hash ${i}`, settings, result });
    expect(ledger.find(`hash ${i}`)?.result).toEqual(result);
  }
  expect(ledger.list().map(({ result }) => result)).toEqual([alone, HALF, FULL]);
  store.close();
});

test('rows whose errors and ends were fields of their own keep them', () => {
  const store = openStore(temporaryHome());
  const full = {
    ...ABOUT,
    perplexity: 10,
    perplexityLow: 9,
    perplexityHigh: 11.5,
    nll: 2.3,
    nllStderr: 0.05,
  };
  const half = {
    ...full,
    perplexityRatio: 1.2,
    perplexityRatioStderr: 0.02,
    perplexityRatioLow: 1.16,
    perplexityRatioHigh: 1.24,
    klMean: 0.1,
    klMeanStderr: 0.01,
    klMeanLow: 0.08,
    klMeanHigh: 0.12,
    klP99: 2,
    klP99Stderr: 0.3,
    klP99Low: 1.5,
    klP99High: 2.6,
    top1Agreement: 0.8,
    top1Stderr: 0.02,
    top1Low: 0.76,
    top1High: 0.84,
  };
  const alone = { ...full, nllStderr: null, perplexityLow: null, perplexityHigh: null, units: 1 };
  for (const result of [full, half, alone]) {
    addMeasurement(store, 'evaluations', { ...ROW, result });
  }
  expect(
    comparisonLedger(store)
      .list()
      .map(({ result }) => result),
  ).toEqual([{ ...FULL, perplexity: unsure(10), nll: unsure(2.3), units: 1 }, HALF, FULL]);
  store.close();
});

test('rows of older versions keep their figures, without the errors that were too small', () => {
  const store = openStore(temporaryHome());
  const older = {
    perplexity: 10,
    nll: 2.3,
    nllStderr: 0.01,
    tokens: 1000,
    ctx: 512,
    chunks: 4,
    klMean: 0.1,
    klMeanStderr: 0.001,
    klP99: 2,
    top1Agreement: 0.8,
    top1Stderr: 0.001,
  };
  addMeasurement(store, 'evaluations', { ...ROW, result: older });
  expect(comparisonLedger(store).list()[0]?.result).toEqual({
    perplexity: unsure(10),
    nll: unsure(2.3),
    ratio: null,
    tokens: 1000,
    unit: 'chunk',
    units: 4,
    ctx: 512,
    chunks: 4,
    klMean: unsure(0.1),
    klP99: unsure(2),
    top1: unsure(0.8),
  });
  store.close();
});
