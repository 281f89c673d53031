import { describe, expect, it } from 'vitest';
import { linearScale } from '../../../renderer/screens/prove/proof/measure-scale.ts';
import { lengthScale, rateScale } from '../../../renderer/screens/prove/answers/answer-scale.ts';
import { judgedVariant } from '../../../renderer/screens/prove/answers/judging.ts';
import { compareAnswers } from '../../../renderer/screens/prove/answers/compared-answers.ts';
import { promptSources } from '../../../renderer/screens/prove/answers/prompt-sources.ts';
import { variantKey } from '../../../renderer/screens/prove/proof/variants.ts';
import { checked, fullChecked } from './generations.ts';

const SETS = [
  { id: 1, name: 'french', demos: 40 },
  { id: 2, name: 'math', demos: 40 },
  { id: 3, name: 'python', demos: 40 },
  { id: 4, name: 'empty', demos: 0 },
];
const names = (...args: Parameters<typeof promptSources>): string[] =>
  promptSources(...args).flatMap(({ name, isChosen }) => (isChosen ? [name] : []));

describe('the demo sets that give prompts', () => {
  it('are those of the selection, and one other that shows what is lost', () => {
    const sources = promptSources(SETS, ['python'], [{ domain: 'python', demos: 12 }], [], {});
    expect(sources.map(({ name, scored, inDomain }) => [name, scored, inDomain])).toEqual([
      ['python', 12, true],
      ['french', 0, false],
      ['math', 0, false],
    ]);
    expect(names(SETS, ['python'], [{ domain: 'python', demos: 12 }], [], {})).toEqual(['python', 'french']);
  });

  it('are those that were checked before', () => {
    expect(names(SETS, ['python'], [], [{ domainId: 2 }], {})).toEqual(['python', 'math']);
  });

  it('leave out a set of which all demos were scored, unless it is asked for', () => {
    const runs = [{ domain: 'python', demos: 60 }];
    expect(promptSources(SETS, ['python'], runs, [], {})[0]).toMatchObject({ scored: 40, isChosen: false });
    expect(names(SETS, ['python'], runs, [{ domainId: 3 }], {})).toEqual(['french']);
    expect(names(SETS, ['python'], runs, [], { 3: true, 1: false })).toEqual(['python']);
  });
});

describe('the variant that sentences are about', () => {
  const preview = { key: variantKey(checked()), kind: 'preview', isOwn: true } as const;
  const ofFile = checked({ id: 3, variant: { kind: 'model', modelId: 'file' } });
  const file = { key: variantKey(ofFile), kind: 'file', isOwn: true } as const;
  const keys = [preview.key, file.key];
  const of = (rows: Parameters<typeof compareAnswers>[0]) => [
    compareAnswers(rows, { temperature: 0, samples: 1 }, keys, ['python']),
  ];

  it('is the file, the preview where the file was not checked, or the one that leads', () => {
    expect(judgedVariant([preview, file], of([fullChecked(), checked(), ofFile]))).toBe(file);
    expect(judgedVariant([preview, file], of([fullChecked(), checked()]))).toBe(preview);
    expect(judgedVariant([preview, file], of([fullChecked(), checked()]), file)).toBe(preview);
    expect(judgedVariant([preview, file], of([fullChecked(), checked(), ofFile]), preview)).toBe(preview);
    expect(judgedVariant([preview, file], of([fullChecked()]))).toBeUndefined();
  });

  it('is never of another choice', () => {
    const other = { ...file, isOwn: false };
    expect(judgedVariant([preview, other], of([fullChecked(), ofFile]))).toBeUndefined();
  });
});

describe('the scales of shares and lengths', () => {
  const interval = { value: 0.01, standardError: null, low: 0, high: 0.02 };

  it('do not draw a rare fault as large as a frequent one, and right answers always to 1', () => {
    expect(rateScale('loop', [interval]).place(0.2)).toBeCloseTo(linearScale(0, 0.2).place(0.2));
    expect(rateScale('loop', [{ ...interval, high: 0.8 }]).place(0.8)).toBeLessThanOrEqual(98);
    expect(rateScale('answer', [interval]).place(1)).toBeCloseTo(98);
  });

  it('have the full model’s length in sight, and room for each number', () => {
    for (const ratios of [
      [],
      [{ value: 2, standardError: null, low: 1.2, high: 9 }],
      [{ value: 0.1, standardError: null, low: 0, high: 0.2 }],
    ]) {
      const scale = lengthScale(ratios);
      expect(scale.place(1)).toBeGreaterThanOrEqual(2);
      expect(scale.place(1)).toBeLessThanOrEqual(98);
      const places = scale.ticks.map(scale.place);
      expect(places.slice(1).every((place, index) => place - (places[index] ?? 0) >= 22)).toBe(true);
    }
  });
});
