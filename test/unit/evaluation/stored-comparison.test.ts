import type { EvaluationFigures } from '../../../electron/contract/api/evaluations.ts';
import { expect, test } from 'vitest';
import {
  comparisonLedger,
  type ComparisonSettings,
} from '../../../electron/engine/measure/evaluation/figure-ledger.ts';
import type { Interval } from '../../../electron/contract/interval.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { temporaryHome } from '../store/support.ts';

const SETTINGS: ComparisonSettings = {
  variant: { kind: 'model', modelId: 'aaaaaaaaaaaaaaaa' },
  full: { fingerprint: 'f' },
  fingerprint: 'e',
  selectionHash: null,
  selectionId: null,
  text: { id: 1, name: 'a.txt', domain: 'law', hash: 'h' },
};

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
    ledger.keep({ measured: `hash ${i}`, settings, result });
    expect(ledger.find(`hash ${i}`)?.result).toEqual(result);
  }
  expect(ledger.list().map(({ result }) => result)).toEqual([alone, HALF, FULL]);
  store.close();
});
