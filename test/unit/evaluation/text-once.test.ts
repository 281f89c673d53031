// Which of several figures of one text count, and which measurement is another's.
import { expect, test } from 'vitest';
import { eachTextOnce, measuredOn } from '../../../electron/engine/measure/evaluation/judged-choices.ts';
import { measurementHash, type StoredComparison } from '../../../electron/engine/measure/evaluation/figure-ledger.ts';

type Row = {
  readonly id: number;
  readonly tokens: number;
  readonly hash: string;
  readonly whole?: string;
  readonly separate?: true;
};

function row({ id, tokens, hash, whole, separate }: Row): StoredComparison {
  const known = { value: 1, standardError: null, low: null, high: null };
  return {
    id,
    measured: null,
    createdMs: id,
    settings: {
      variant: { kind: 'model', modelId: 'a' },
      full: { fingerprint: 'f' },
      fingerprint: 'a',
      selectionHash: null,
      selectionId: null,
      text: { id: null, name: 'text', domain: 'law', hash, ...(whole !== undefined && { whole }) },
    },
    result: {
      perplexity: known,
      nll: known,
      tokens,
      unit: 'document',
      units: 2,
      ctx: 512,
      chunks: 4,
      ratio: known,
      klMean: known,
      klP99: known,
      top1: known,
      ...(separate && { separate }),
    },
  };
}

const ids = (...rows: Row[]) => eachTextOnce(rows.map(row)).map(({ id }) => id);

test('a text and half of it are one', () => {
  const half = { id: 1, tokens: 100, hash: 'half', whole: 'text' };
  expect(ids(half, { id: 2, tokens: 200, hash: 'text' })).toEqual([2]);
  expect(ids(half, { id: 2, tokens: 200, hash: 'other' })).toEqual([1, 2]);
});

test('documents that were read one by one count before those that were joined, and are no pair with them', () => {
  const joined = { id: 1, tokens: 300, hash: 'text' };
  const separate = { id: 2, tokens: 100, hash: 'text', separate: true } as const;
  expect(ids(joined, separate)).toEqual([2]);
  expect(measuredOn(row({ ...joined, tokens: 100 }))).not.toBe(measuredOn(row(separate)));
});

test('what was joined is not found for documents that are read one by one', () => {
  const placement = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 } as const;
  const hashOf = (isSeparate: boolean) =>
    measurementHash({
      subject: 's',
      against: null,
      textHash: 't',
      isSeparate,
      ctx: 512,
      chunks: null,
      placement: { ...placement, rpc: [] },
    });
  expect(hashOf(true)).not.toBe(hashOf(false));
});
