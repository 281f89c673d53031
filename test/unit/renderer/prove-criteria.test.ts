import { describe, expect, it } from 'vitest';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { CRITERIA } from '../../../electron/contract/criteria.ts';
import { compare } from '../../../renderer/screens/prove/texts/comparison.ts';
import { findingOf, ratioOf } from '../../../renderer/screens/prove/criteria/findings.ts';
import {
  inMeasuringOrder,
  matrixOf,
  mixesOf,
  type ComparedSelection,
} from '../../../renderer/screens/prove/criteria/matrix.ts';
import { missingOf, secondsPerReadToken, tokensToRead } from '../../../renderer/screens/prove/criteria/missing.ts';
import { ratioScale, spread } from '../../../renderer/screens/prove/criteria/ratio-scale.ts';
import { CHOICE, figure, fullMeasured, measured } from './proof.ts';

const selection: ComparedSelection = {
  id: 5,
  hash: CHOICE,
  keep: 16,
  nExpert: 32,
  request: {
    runIds: [1],
    criterion: 'easy-ep',
    keep: { kind: 'count', count: 16 },
    mix: 'shares',
    pins: [],
    drops: [],
    grouping: 'ungrouped',
    seed: 1,
  },
};
const mixed: ComparedSelection = {
  ...selection,
  keep: 20,
  request: { ...selection.request, runIds: [1, 2], mix: 'max-min' },
};

describe('what is compared', () => {
  it('is every criterion at the counts on offer and the selection’s own', () => {
    const { columns, lines, mixes } = matrixOf(selection, [8, 24, 16]);
    expect(columns).toEqual([
      { keep: 24, share: 0.75, isOwn: false },
      { keep: 16, share: 0.5, isOwn: true },
      { keep: 8, share: 0.25, isOwn: false },
    ]);
    expect(mixes).toEqual(['shares']);
    expect(lines.map(({ criterion }) => criterion)).toEqual(CRITERIA);
    expect(matrixOf(mixed, [24, 16, 8]).columns.map(({ keep }) => keep)).toEqual([24, 20, 16, 8]);
  });

  it('names what is as in the selection as the selection itself', () => {
    const [own] = matrixOf(selection, [24, 8]).lines;
    expect(own?.isOwn).toBe(true);
    expect(own?.cells.map(({ variant }) => variant)).toEqual([
      { kind: 'preview', selectionId: 5, criterion: null, keep: 24, mix: null },
      { kind: 'preview', selectionId: 5, criterion: null, keep: null, mix: null },
      { kind: 'preview', selectionId: 5, criterion: null, keep: 8, mix: null },
    ]);
  });

  it('mixes several domains in every way, the selection’s own first', () => {
    expect(mixesOf(selection.request)).toEqual(['shares']);
    expect(mixesOf({ runIds: [1, 2], mix: [1, 2] })).toEqual(['weights', 'shares', 'max-min']);
    const { mixes, lines } = matrixOf(mixed, [16]);
    expect(mixes).toEqual(['max-min', 'shares']);
    expect(lines.filter(({ isOwn }) => isOwn).map(({ id }) => id)).toEqual(['easy-ep max-min']);
    const shares = lines.find(({ id }) => id === 'reap shares');
    expect(shares?.cells.map(({ variant }) => variant)).toEqual([
      { kind: 'preview', selectionId: 5, criterion: 'reap', keep: null, mix: 'shares' },
      { kind: 'preview', selectionId: 5, criterion: 'reap', keep: 16, mix: 'shares' },
    ]);
  });

  it('has a name of its own for each choice', () => {
    const cells = inMeasuringOrder(matrixOf(mixed, [24, 16, 8]));
    expect(cells).toHaveLength(7 * 4 * 2);
    expect(new Set(cells.map(({ key }) => key)).size).toBe(cells.length);
  });

  it('is measured as the selection chose first', () => {
    const cells = inMeasuringOrder(matrixOf(mixed, [24], ['easy-ep', 'random']));
    expect(cells.map(({ variant }) => variant.kind === 'preview' && [variant.mix, variant.keep])).toEqual([
      [null, null],
      [null, null],
      [null, 24],
      [null, 24],
      ['shares', null],
      ['shares', null],
      ['shares', 24],
      ['shares', 24],
    ]);
  });
});

describe('what it comes to', () => {
  const matrix = matrixOf(selection, [8], ['easy-ep', 'reap', 'frequency', 'random']);
  const keyOf = (criterion: string, keep: number): string =>
    matrix.lines.find((line) => line.criterion === criterion)?.cells.find(({ column }) => column.keep === keep)?.key ??
    '';
  const row = (id: number, criterion: 'reap' | 'frequency' | 'random' | null, ratio: number, half: number) =>
    measured({
      id,
      variant: { kind: 'preview', selectionId: 5, criterion, keep: null, mix: null },
      perplexity: figure(8 * ratio),
      ratio: { value: ratio, standardError: null, low: ratio - half, high: ratio + half },
    });
  const rows = [
    fullMeasured({ perplexity: figure(8) }),
    row(2, null, 1.2, 0.05),
    row(3, 'reap', 1.28, 0.04),
    row(4, 'frequency', 1.5, 0.1),
  ];
  const sideOf = (of: typeof rows) =>
    compare(
      of,
      inMeasuringOrder(matrix).map(({ key }) => key),
      ['python'],
    ).inDomain;

  it('is the criterion that loses least, and those that cannot be told apart from it', () => {
    expect(findingOf(matrix, sideOf(rows))).toMatchObject({ best: 'easy-ep', near: ['reap'], random: null });
    const withRandom = findingOf(matrix, sideOf([...rows, row(5, 'random', 4, 0.5)]));
    expect(withRandom?.random?.value).toBe(4);
  });

  it('cannot tell apart what has no interval', () => {
    const old = measured({
      id: 6,
      variant: { kind: 'preview', selectionId: 5, criterion: 'frequency', keep: null, mix: null },
      perplexity: figure(12),
      ratio: figure(1.5),
    });
    expect(findingOf(matrix, sideOf([...rows.slice(0, 3), old]))?.near).toEqual(['reap', 'frequency']);
  });

  it('is nothing before two are measured', () => {
    expect(findingOf(matrix, sideOf(rows.slice(0, 2)))).toBeNull();
    expect(findingOf(matrix, sideOf([]))).toBeNull();
  });

  it('has a ratio, of old measurements without an interval', () => {
    expect(ratioOf(sideOf(rows), keyOf('reap', 16))).toEqual({
      value: 1.28,
      standardError: null,
      low: 1.24,
      high: 1.32,
    });
    expect(ratioOf(sideOf(rows), keyOf('reap', 8))).toBeNull();
    const old = measured({ perplexity: figure(12), ratio: null });
    expect(ratioOf(sideOf([fullMeasured({ perplexity: figure(8) }), old]), keyOf('easy-ep', 16))).toEqual({
      value: 1.5,
      standardError: null,
      low: null,
      high: null,
    });
  });
});

describe('what is missing', () => {
  const cells = inMeasuringOrder(matrixOf(selection, [8], ['easy-ep', 'random']));
  const texts = [
    { id: 1, bytes: 40_000 },
    { id: 2, bytes: 6_000 },
  ];
  const amount = { ctx: 512, chunks: 8 };
  const own = [measured(), measured({ id: 2, textId: 2, chunks: 3 })];

  it('is what lacks a text in the chosen amount', () => {
    expect(missingOf(cells, texts, amount, [])).toHaveLength(4);
    expect(missingOf(cells, texts, amount, own)).toHaveLength(3);
    expect(missingOf(cells, texts, amount, own.slice(1))).toHaveLength(4);
    expect(missingOf(cells, texts, { ...amount, chunks: 16 }, own)).toHaveLength(4);
    expect(missingOf(cells, [], amount, own)).toHaveLength(4);
  });

  it('takes the chunks of old measurements for what was asked for', () => {
    const old = [measured({ chunkLimit: null }), measured({ id: 2, textId: 2, chunkLimit: null })];
    expect(missingOf(cells, texts, amount, old)).toHaveLength(3);
  });

  it('reads as many tokens as the texts have', () => {
    expect(tokensToRead(texts, amount, [])).toBe(8 * 512 + 2 * 512);
    expect(tokensToRead(texts, { ctx: 512, chunks: 0 }, own)).toBe(8 * 512 + 3 * 512);
  });
});

describe('how long measuring takes', () => {
  const job = (change: Partial<JobView>): JobView =>
    ({ kind: 'evaluate', startedMs: 1000, evaluationIds: [1, 2, 3], ...change }) as JobView;
  const rows = [1, 2, 3].map((id) => measured({ id, createdMs: 10_000 + id * 1024, ctx: 512, chunks: 2 }));

  it('follows from the newest job that measured two things', () => {
    expect(secondsPerReadToken([job({ evaluationIds: [3] }), job({})], rows)).toBeCloseTo(0.001);
  });

  it('does not count what was found measured', () => {
    expect(secondsPerReadToken([job({ startedMs: 12_500 })], rows)).toBeNull();
    expect(secondsPerReadToken([job({ kind: 'export' })], rows)).toBeNull();
  });
});

describe('the picture', () => {
  it('has one as its lowest line, and few ticks', () => {
    const { place, ticks } = ratioScale([1.05, 1.4], [200, 10]);
    expect(place(1)).toBe(200);
    expect(place(1.4)).toBeCloseTo(10);
    expect(ticks).toEqual([1, 1.1, 1.2, 1.3, 1.4]);
    expect(ratioScale([0.95, 80], [200, 10]).ticks).toEqual([1, 2, 5, 10, 20, 50]);
    expect(ratioScale([], [200, 10]).ticks).toContain(1);
  });

  it('moves labels apart, and not out of sight', () => {
    expect(spread([50, 10, 52], 14, 200)).toEqual([50, 10, 64]);
    const low = spread([195, 198, 199], 14, 200);
    expect(low).toEqual([172, 186, 200]);
  });
});
