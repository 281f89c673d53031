import { describe, expect, it } from 'vitest';
import { compare, ofMeasuredTexts, saidOf } from '../../../renderer/screens/prove/texts/comparison.ts';
import { measuredSets } from '../../../renderer/screens/prove/texts/measured-sets.ts';
import { variantKey } from '../../../renderer/screens/prove/proof/variants.ts';
import { FILE, figure, fullMeasured, measured } from './proof.ts';

const math = { textId: 2, text: 'math.txt', domain: 'math', inDomain: false } as const;
const preview = variantKey(measured());
const file = variantKey(measured({ variant: { kind: 'model', modelId: FILE } }));

describe('sets that can be compared', () => {
  it('keeps contexts apart, the newest first', () => {
    const sets = measuredSets([
      measured({ id: 1, ctx: 512, createdMs: 1 }),
      measured({ id: 2, ctx: 256, createdMs: 2 }),
    ]);
    expect(sets.map(({ key }) => key)).toEqual(['256x8', '512x8']);
  });

  it('takes short texts with fewer chunks along', () => {
    const sets = measuredSets([measured({ id: 1, chunks: 8 }), measured({ ...math, id: 2, chunks: 5 })]);
    expect(sets).toHaveLength(1);
    expect(sets[0]).toMatchObject({ chunks: 8, rows: [{ id: 1 }, { id: 2 }] });
  });

  it('does not mix lengths of one text', () => {
    const sets = measuredSets([
      measured({ id: 1, chunks: 8 }),
      measured({ id: 2, chunks: 20 }),
      measured({ ...math, id: 3, chunks: 5 }),
    ]);
    expect(sets.map(({ rows }) => rows.map(({ id }) => id))).toEqual([
      [2, 3],
      [1, 3],
    ]);
  });

  it('is empty without measurements', () => {
    expect(measuredSets([])).toEqual([]);
  });
});

describe('comparing', () => {
  const rows = [
    fullMeasured({ id: 1, perplexity: figure(8) }),
    fullMeasured({ id: 2, ...math, inDomain: null, perplexity: figure(20) }),
    measured({ id: 3 }),
    measured({ id: 4, ...math, perplexity: figure(80), top1: figure(0.4) }),
    measured({ id: 5, variant: { kind: 'model', modelId: FILE } }),
  ];
  const { inDomain, outOfDomain } = compare(rows, [preview, file], ['python']);

  it('puts texts to the side of their domain', () => {
    expect(inDomain.texts.map(({ name }) => name)).toEqual(['python.txt']);
    expect(outOfDomain.texts.map(({ name }) => name)).toEqual(['math.txt']);
    expect(inDomain.full?.perplexity.value).toBeCloseTo(8);
    expect(outOfDomain.variants.get(preview)?.figures?.perplexity.value).toBeCloseTo(80);
  });

  it('says once what figures of shown variants do not prove', () => {
    const said = {
      code: 'besideKindred',
      params: { path: 'half.gguf', source: 'q8.gguf', against: 'f16.gguf' },
    } as const;
    const beside = { variant: { kind: 'model', modelId: FILE }, said } as const;
    const texts = [fullMeasured({ id: 1 }), fullMeasured({ id: 2, ...math, inDomain: null })];
    const comparison = compare(
      [...texts, measured({ id: 3 }), measured({ id: 4, ...beside }), measured({ id: 5, ...math, ...beside })],
      [preview, file],
      ['python'],
    );
    expect(saidOf(comparison, [preview, file])).toEqual([said]);
    expect(saidOf(comparison, [preview])).toEqual([]);
  });

  it('has no figures of a variant that lacks a text', () => {
    expect(outOfDomain.variants.get(file)).toEqual({ figures: null, texts: 0 });
    const other = { textId: 3, text: 'more.txt' } as const;
    const both = compare([...rows, fullMeasured({ id: 6, ...other })], [preview], ['python']);
    expect(both.inDomain.variants.get(preview)).toEqual({ figures: null, texts: 1 });
  });

  it('leaves texts out that the full model was not measured on', () => {
    expect(compare([measured()], [preview], ['python']).inDomain).toMatchObject({ texts: [], full: null });
  });

  it('says nothing of texts that only other selections were measured on', () => {
    const other = fullMeasured({ id: 6, textId: 3, text: 'more.txt' });
    expect(ofMeasuredTexts([...rows, other])).toEqual(rows);
    expect(ofMeasuredTexts([other])).toEqual([other]);
  });

  it('takes the newest of two measurements of the same', () => {
    const newest = measured({ id: 9, perplexity: figure(12) });
    const { inDomain: side } = compare([fullMeasured(), newest, measured()], [preview], ['python']);
    expect(side.variants.get(preview)?.figures?.perplexity.value).toBeCloseTo(12);
  });
});
