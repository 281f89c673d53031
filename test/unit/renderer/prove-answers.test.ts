import { describe, expect, it } from 'vitest';
import { signTest } from '../../../electron/contract/sign-test.ts';
import { checkedSets } from '../../../renderer/screens/prove/answers/checked-sets.ts';
import { compareAnswers } from '../../../renderer/screens/prove/answers/compared-answers.ts';
import { pooled, pooledRate } from '../../../renderer/screens/prove/answers/pooled.ts';
import { isWorse } from '../../../electron/contract/generation-checks.ts';
import { worseThanFull } from '../../../renderer/screens/prove/answers/judging.ts';
import { variantKey } from '../../../renderer/screens/prove/proof/variants.ts';
import { checked, difference, fullChecked, rate } from './generations.ts';
import { FILE } from './proof.ts';

const GREEDY = { temperature: 0, samples: 1 };
const SAMPLED = { temperature: 0.6, samples: 4 };
const math = { domainId: 2, domain: 'math', inDomain: false } as const;
const french = { domainId: 3, domain: 'french', inDomain: false } as const;
const preview = variantKey(checked());
const file = variantKey(checked({ variant: { kind: 'model', modelId: FILE } }));

describe('several demo sets as one', () => {
  it('weighs by what was judged, and adds up the ends as of independent shares', () => {
    const { value, low, high } = pooled([
      { value: 0.1, standardError: null, low: 0.0, high: 0.4, weight: 10 },
      { value: 0.4, standardError: null, low: 0.3, high: 0.5, weight: 30 },
    ]);
    expect(value).toBeCloseTo(0.325);
    expect(value - low).toBeCloseTo(Math.hypot(0.25 * 0.1, 0.75 * 0.1));
    expect(high - value).toBeCloseTo(Math.hypot(0.25 * 0.3, 0.75 * 0.1));
  });

  it('leaves one set as it is, and sets that could not be judged out', () => {
    expect(pooledRate([null, rate(3, 20)])).toEqual({
      value: 0.15,
      standardError: null,
      low: expect.closeTo(0.05) as number,
      high: 0.25,
      hits: 3,
      judged: 20,
    });
    expect(pooledRate([null, null])).toBeNull();
  });

  it('tests by signs', () => {
    // 2 · (1 + 8) / 2⁸
    expect(signTest(7, 1)).toBeCloseTo(18 / 256);
    expect(signTest(1, 7)).toBeCloseTo(18 / 256);
    expect(signTest(0, 0)).toBe(1);
    expect(signTest(3, 3)).toBe(1);
    // half of so many would be nothing as a plain product
    expect(signTest(5000, 5000)).toBeCloseTo(1);
    expect(signTest(5300, 4700)).toBeLessThan(1e-8);
  });
});

describe('sets of checks', () => {
  it('keep longest answers apart, and hold every way of sampling, greedy first', () => {
    const sets = checkedSets([
      fullChecked({ id: 1, maxTokens: 64, createdMs: 2000 }),
      fullChecked({ id: 2, sampling: SAMPLED }),
      fullChecked({ id: 3 }),
    ]);
    expect(sets.map(({ maxTokens, samplings }) => [maxTokens, samplings])).toEqual([
      [64, [GREEDY]],
      [256, [GREEDY, SAMPLED]],
    ]);
  });

  it('take demo sets with fewer prompts along, and do not mix numbers of one set', () => {
    const sets = checkedSets([
      fullChecked({ id: 1 }),
      fullChecked({ id: 2, prompts: 5 }),
      fullChecked({ id: 3, ...math, prompts: 4 }),
    ]);
    expect(sets.map(({ prompts, rows }) => [prompts, rows.map(({ id }) => id)])).toEqual([
      [20, [1, 3]],
      [5, [2, 3]],
    ]);
  });
});

describe('comparing answers', () => {
  const rows = [
    fullChecked(),
    checked(),
    fullChecked({ id: 3, ...math, rates: { ...fullChecked().rates, loop: rate(0, 10) }, prompts: 10, completions: 10 }),
    checked({ id: 4, ...math, referenceId: 3, prompts: 10, completions: 10 }),
  ];

  it('puts demo sets to the side of their domain', () => {
    const { inDomain, outOfDomain } = compareAnswers(rows, GREEDY, [preview, file], ['python']).sides;
    expect(inDomain.full.map(({ id }) => id)).toEqual([1]);
    expect(outOfDomain.full.map(({ id }) => id)).toEqual([3]);
    expect(inDomain.variants.get(preview)?.figures?.rates.loop).toMatchObject({ hits: 3, judged: 20 });
    expect(inDomain.variants.get(preview)?.damage?.lengthRatio.value).toBe(0.9);
    expect(inDomain.variants.get(file)).toEqual({ rows: [], figures: null, damage: null });
  });

  it('keeps ways of sampling apart', () => {
    const sampled = fullChecked({ id: 9, sampling: SAMPLED });
    expect(compareAnswers([sampled, ...rows], GREEDY, [preview], ['python']).sides.inDomain.full[0]?.id).toBe(1);
    expect(compareAnswers([sampled, ...rows], SAMPLED, [preview], ['python']).sides.inDomain.full[0]?.id).toBe(9);
  });

  it('says nothing of a variant that lacks a demo set of the side', () => {
    const side = compareAnswers([...rows, fullChecked({ id: 5, ...french })], GREEDY, [preview], ['python']).sides
      .outOfDomain;
    expect(side.full.map(({ domain }) => domain)).toEqual(['french', 'math']);
    expect(side.figures?.rates.loop).toMatchObject({ hits: 1, judged: 30 });
    expect(side.variants.get(preview)).toMatchObject({ rows: [{ id: 4 }], figures: null, damage: null });
  });

  it('holds variants against the full model on the same prompts, not on others as many', () => {
    const other = fullChecked({ id: 8, rates: { ...fullChecked().rates, loop: rate(9, 20) } });
    const side = compareAnswers([other, ...rows], GREEDY, [preview], ['python']).sides.inDomain;
    expect(side.full.map(({ id }) => id)).toEqual([1]);
    expect(side.variants.get(preview)?.figures).not.toBeNull();
    const gone = compareAnswers([checked({ referenceId: null })], GREEDY, [preview], ['python']).sides.inDomain;
    expect(gone).toMatchObject({ full: [], figures: null, prompts: 0 });
    expect(gone.variants.get(preview)?.figures).toBeNull();
  });

  it('tests several demo sets as one', () => {
    const against = checked().againstFull!;
    const worse = { ...against, loop: difference({ value: 0.2, higher: 4, pValue: 0.125 }) };
    const both = [
      fullChecked({ id: 1, ...math }),
      fullChecked({ id: 3, ...french }),
      checked({ id: 2, ...math, referenceId: 1, againstFull: worse }),
      checked({ id: 4, ...french, referenceId: 3, againstFull: worse }),
    ];
    const side = compareAnswers(both, GREEDY, [preview], ['python']).sides.outOfDomain;
    expect(side.variants.get(preview)?.damage?.differences.loop).toMatchObject({
      prompts: 40,
      pValue: expect.closeTo(2 / 256) as number,
    });
    expect(worseThanFull(side, preview).map(({ check }) => check)).toEqual(['loop']);
  });
});

describe('worse than the full model', () => {
  it('is what chance does not explain: more faults, fewer right answers', () => {
    const sure = { value: 0.3, standardError: null, low: 0.1, high: 0.5, prompts: 20, pValue: 0.01 };
    expect(isWorse('loop', sure)).toBe(true);
    expect(isWorse('loop', { ...sure, pValue: 0.06 })).toBe(false);
    expect(isWorse('broken', { ...sure, value: -0.3 })).toBe(false);
    expect(isWorse('answer', sure)).toBe(false);
    expect(isWorse('answer', { ...sure, value: -0.3 })).toBe(true);
    expect(isWorse('answer', null)).toBe(false);
  });
});
