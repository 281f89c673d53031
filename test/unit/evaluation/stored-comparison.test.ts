import { expect, test } from 'vitest';
import type { EvaluationResult } from '../../../electron/engine/evaluation/measure-text.ts';
import { comparisonLedger, type ComparisonSettings } from '../../../electron/engine/evaluation/stored-comparison.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { addMeasurement } from '../../../electron/engine/store/measurements.ts';
import { temporaryHome } from '../store/support.ts';

const SETTINGS: ComparisonSettings = {
  variant: { kind: 'model', modelId: 'aaaaaaaaaaaaaaaa' },
  label: 'half',
  full: { name: 'Sample', fingerprint: 'f' },
  fingerprint: 'e',
  planId: null,
  text: { id: 1, name: 'a.txt', domain: 'law', hash: 'h' },
  inDomain: null,
};

const FULL: EvaluationResult = {
  ...{ perplexity: 10, perplexityLow: 9, perplexityHigh: 11.5, nll: 2.3, nllStderr: 0.05 },
  ...{ tokens: 1000, unit: 'document', units: 12, ctx: 512, chunks: 4 },
};

const HALF: EvaluationResult = {
  ...FULL,
  ...{ perplexityRatio: 1.2, perplexityRatioStderr: 0.02, perplexityRatioLow: 1.16, perplexityRatioHigh: 1.24 },
  ...{ klMean: 0.1, klMeanStderr: 0.01, klMeanLow: 0.08, klMeanHigh: 0.12 },
  ...{ klP99: 2, klP99Stderr: 0.3, klP99Low: 1.5, klP99High: 2.6 },
  ...{ top1Agreement: 0.8, top1Stderr: 0.02, top1Low: 0.76, top1High: 0.84 },
};

test('figures come back as they were stored, without intervals too', () => {
  const store = openStore(temporaryHome());
  const ledger = comparisonLedger(store);
  const alone = { ...HALF, nllStderr: null, perplexityLow: null, perplexityHigh: null, klMeanStderr: null, units: 1 };
  for (const [i, result] of [FULL, HALF, alone].entries()) {
    const settings = { ...SETTINGS, text: { ...SETTINGS.text, id: i } };
    ledger.keep({ modelPath: '/m.gguf', measured: `hash ${i}`, settings, result });
    expect(ledger.find(`hash ${i}`)?.result).toEqual(result);
  }
  expect(ledger.list().map(({ result }) => result)).toEqual([alone, HALF, FULL]);
  store.close();
});

test('rows of older versions keep their figures, without the errors that were too small', () => {
  const store = openStore(temporaryHome());
  const older = {
    ...{ perplexity: 10, nll: 2.3, nllStderr: 0.01, tokens: 1000, ctx: 512, chunks: 4 },
    ...{ klMean: 0.1, klMeanStderr: 0.001, klP99: 2, top1Agreement: 0.8, top1Stderr: 0.001 },
  };
  addMeasurement(store, 'evaluations', { modelPath: '/m.gguf', measured: null, settings: SETTINGS, result: older });
  expect(comparisonLedger(store).list()[0]?.result).toEqual({
    ...{ perplexity: 10, perplexityLow: null, perplexityHigh: null, nll: 2.3, nllStderr: null },
    ...{ tokens: 1000, unit: 'chunk', units: 4, ctx: 512, chunks: 4 },
    ...{ klMean: 0.1, klP99: 2, top1Agreement: 0.8 },
  });
  store.close();
});
