// The verdict at the edges of its bounds, and the sentence that it becomes.
import { describe, expect, test } from 'vitest';
import {
  gradeOf,
  isAcrossSevere,
  worstGrade,
  type Verdict,
  type VerdictPart,
  type VerdictSide,
} from '../../../electron/contract/verdict.ts';
import { loadLocale } from '../../../electron/contract/text/i18n.ts';
import { verdictPhrases, verdictSentence } from '../../../electron/contract/verdict-texts.ts';

const en = await loadLocale('en');
const ja = await loadLocale('ja');

const known = (value: number, low: number, high: number) => ({ value, low, high });
const alone = (value: number) => ({ value, low: null, high: null });

describe('the grade', () => {
  test.each([
    ['the interval touches 1 from below', known(1, 0.99, 1.01), 'green'],
    ['all of it is below 1', known(0.97, 0.96, 0.98), 'green'],
    ['a loss is certain but small', known(1.02, 1.001, 1.05), 'green'],
    ['the upper end is just too high, and 1 is in it', known(1.02, 0.99, 1.0501), 'unclear'],
    ['1 is the lower end itself', known(1.04, 1, 1.08), 'unclear'],
    ['the loss is measurable', known(1.04, 1.0001, 1.08), 'amber'],
    ['the figure is just below severe', known(1.4999, 1.4, 1.6), 'amber'],
    ['the figure is severe', known(1.5, 1.06, 2.1), 'red'],
    ['the figure is severe, but chance may explain it', known(1.5, 1.05, 2.1), 'amber'],
    ['the figure is severe, and 1 is in its interval', known(1.6, 0.9, 2.8), 'unclear'],
    ['there is no interval', alone(1), 'unclear'],
    ['there is no interval around a severe figure', alone(3), 'unclear'],
  ] as const)('where %s', (_where, ratio, grade) => {
    expect(gradeOf({ ratio, klMean: null, top1: null })).toBe(grade);
  });

  test.each([
    // ln 1.05 = 0.0488
    ['as near as good files are', known(0.04, 0.035, 0.0487), known(0.9, 0.85, 0.95), 'green'],
    ['a divergence that may be too much', known(0.045, 0.04, 0.049), known(0.9, 0.88, 0.92), 'unclear'],
    ['a divergence that is too much', known(0.07, 0.049, 0.09), known(0.9, 0.88, 0.92), 'amber'],
    ['a severe divergence', known(0.41, 0.38, 0.44), known(0.9, 0.88, 0.92), 'red'],
    ['an agreement that may be too little', known(0.04, 0.035, 0.045), known(0.86, 0.84, 0.88), 'unclear'],
    ['an agreement that is too little', known(0.04, 0.035, 0.045), known(0.82, 0.8, 0.84), 'amber'],
    ['a severe disagreement', null, known(0.55, 0.51, 0.59), 'red'],
    ['a disagreement that may be severe', null, known(0.55, 0.5, 0.6), 'amber'],
    ['no known agreement', null, null, 'green'],
  ] as const)('where the perplexity is the full model’s, with %s', (_with, klMean, top1, grade) => {
    expect(gradeOf({ ratio: known(1, 0.99, 1.01), klMean, top1 })).toBe(grade);
  });

  test('of several domains the worst counts; unknown is worse than good and better than bad', () => {
    expect(worstGrade(['green', 'amber', 'unclear'])).toBe('amber');
    expect(worstGrade(['unclear', 'green'])).toBe('unclear');
    expect(worstGrade([])).toBeNull();
  });

  test('an interval reaches across the line to severe', () => {
    expect(isAcrossSevere(known(1.52, 1.48, 1.56))).toBe(true);
    expect(isAcrossSevere(known(1.6, 1.5, 1.7))).toBe(false);
    expect(isAcrossSevere(alone(1.5))).toBe(false);
  });
});

function side(
  ...parts: readonly (readonly [string | null, VerdictPart['ratio'], VerdictPart['top1']?])[]
): VerdictSide {
  const made = parts.map(([domain, ratio, top1 = null]): VerdictPart => ({
    domain,
    ratio,
    klMean: null,
    top1,
    tokens: 1000,
    grade: gradeOf({ ratio, klMean: null, top1 }),
  }));
  const [first] = made;
  if (!first) throw new RangeError('a side has a part');
  return {
    ratio: first.ratio,
    tokens: 1000,
    grade: worstGrade(made.map(({ grade }) => grade)) ?? 'unclear',
    parts: made,
  };
}

function verdict(change: Partial<Verdict> = {}): Verdict {
  return {
    bytes: { full: 22.8e6, pruned: 17.7e6, predicted: false },
    domains: ['maths'],
    inside: null,
    outside: null,
    unknown: null,
    answers: null,
    grade: change.inside?.grade ?? null,
    ...change,
  };
}

const maths = side(['maths', known(1.001, 0.997, 1.008)]);
const japanese = side(['japanese', known(2.16, 2.1, 2.2)]);

describe('what to use it for comes first', () => {
  const worse = side(['maths', known(1.08, 1.05, 1.11)]);
  test.each([
    [{ inside: maths }, 'Good for maths.', 'maths に使えます。'],
    [
      { inside: maths, outside: worse },
      'Good for maths. Weaker elsewhere.',
      'maths に使えます。ほかの用途では弱くなります。',
    ],
    [{ inside: worse, outside: japanese }, 'Usable for maths, with some loss. Don’t use it for anything else.', null],
    [{ inside: japanese, outside: worse }, 'Not good enough for maths.', null],
    [{ inside: side(['maths', alone(1.3)]) }, 'Too little text to judge it for maths.', null],
    [{ inside: maths, outside: maths }, 'Good for maths. Nothing measurable is lost on the other texts.', null],
    [{ inside: maths, domains: ['maths', 'c++'] }, 'Good for maths and c++.', 'maths と c++ に使えます。'],
  ] as const)('%o', (change, english, japanese) => {
    const measured = verdict({ ...change, domains: [...('domains' in change ? change.domains : ['maths'])] });
    expect(verdictSentence(measured, en)).toContain(`${english} 17.7 MB`);
    if (japanese !== null)
      expect(verdictSentence(measured, ja)).toMatch(new RegExp(`^${japanese.replace(/[+]/g, '\\+')}22`));
  });

  test('answers that are worse are no good', () => {
    const answers = { prompts: 60, worse: [{ check: 'loop', share: 0.2, full: 0.05 }] as const, isFew: false };
    const measured = verdict({ inside: maths, answers: { ...answers, worse: [...answers.worse] } });
    expect(verdictSentence(measured, en)).toMatch(/^Usable for maths, with some loss\. /);
  });
});

describe('the sentence', () => {
  test('says sizes, the domain with its interval, and what is lost elsewhere', async () => {
    const measured = verdict({ inside: maths, outside: japanese });
    expect(verdictSentence(measured, await loadLocale('en-GB'))).toBe(
      'Good for maths. Don’t use it for anything else. 17.7 MB instead of 22.8 MB. Perplexity on maths: no measurable loss, at most 0.8%. Perplexity on japanese: 2.2 times worse.',
    );
    expect(verdictPhrases(measured, en).map(({ grade }) => grade)).toEqual(['green', 'red', null, 'green', 'red']);
    expect(verdictSentence(measured, ja)).toBe(
      'maths に使えます。ほかの用途には使わないでください。22.8 MB が 17.7 MB に。maths のパープレキシティ：測定できる劣化なし（最大でも 0.8%）。japanese のパープレキシティ：2.2 倍悪化。',
    );
  });

  test('names the unit once, unless there are two', () => {
    const bytes = { full: 1.2e9, pruned: 850e6, predicted: true };
    expect(verdictSentence(verdict({ bytes }), en)).toContain('850.0 MB instead of 1.2 GB.');
    expect(verdictSentence(verdict({ bytes }), ja)).toContain('1.2 GB が 850.0 MB に。');
  });

  test('says of which type the file is that was judged', () => {
    const quantised = verdict({ type: 'Q4_K_M', inside: maths });
    expect(verdictSentence(quantised, en)).toMatch(
      / As Q4_K_M: 17\.7 MB instead of 22\.8 MB\. Perplexity on maths: no /,
    );
    const repaired = verdict({ repaired: true, inside: maths });
    expect(verdictSentence(repaired, en)).toMatch(/ Repaired: 17\.7 MB instead of 22\.8 MB\. /);
    const repairedType = verdict({ type: 'Q4_K_M', repaired: true, inside: maths });
    expect(verdictSentence(repairedType, en)).toMatch(/ As Q4_K_M, repaired: 17\.7 MB instead of 22\.8 MB\. /);
    expect(verdictSentence(repairedType, ja)).toMatch(/。Q4_K_M で修復後は /);
    expect(verdictSentence(quantised, ja)).toMatch(/。Q4_K_M では 22\.8 MB が 17\.7 MB に。maths の/);
  });

  test('says what nobody measured', () => {
    expect(verdictSentence(verdict(), en)).toBe('17.7 MB instead of 22.8 MB. Nothing measured yet.');
    expect(verdictSentence(verdict({ inside: maths }), en)).toMatch(/at most 0\.8%\. Outside: not measured\.$/);
    expect(verdictSentence(verdict({ outside: japanese, domains: ['maths', 'c++'] }), en)).toBe(
      '17.7 MB instead of 22.8 MB. Maths and c++: not measured. Perplexity on japanese: 2.2 times worse.',
    );
    // a mask file does not say what it is for
    expect(verdictSentence(verdict({ unknown: side([null, known(1.08, 1.05, 1.11)]), domains: [] }), en)).toBe(
      '17.7 MB instead of 22.8 MB. Perplexity on text of no known domain: 8% worse (5% to 11%).',
    );
  });

  test.each([
    [known(1.004, 1.001, 1.007), '0.4% worse (0.1% to 0.7%)'],
    [known(1.034, 1.01, 1.06), '3% worse (1% to 6%)'],
    [known(1.999, 1.9, 2.1), '100% worse (90% to 110%)'],
    [known(12.34, 11, 14), '12 times worse (11 to 14)'],
    [known(1.02, 0.94, 1.11), 'not enough text to tell (-6% to 11%)'],
    [alone(1.3), 'not enough text to tell (30%)'],
  ] as const)('writes %o as people say it', (ratio, text) => {
    expect(verdictSentence(verdict({ inside: side(['maths', ratio]) }), en)).toContain(`Perplexity on maths: ${text}.`);
  });

  test('names the reason where perplexity is not what is severe', () => {
    const inside = side(['maths', known(1.2, 1.1, 1.3), known(0.55, 0.51, 0.59)]);
    expect(verdictSentence(verdict({ inside }), en)).toContain(
      'Perplexity on maths: 20% worse (10% to 30%), top-1 agreement only 55%.',
    );
  });

  test('tells many domains by the best and the worst of them', () => {
    const many = side(
      ['a', known(1.08, 1.05, 1.11)],
      ['b', known(1.3, 1.2, 1.4)],
      ['french', known(3.1, 2.9, 3.3)],
      ['d', known(2, 1.9, 2.1)],
    );
    expect(verdictPhrases(verdict({ inside: maths, outside: many }), en).at(-1)).toEqual({
      text: 'The other 4 domains: 1.1 to 3.1 times worse, french most.',
      grade: 'red',
    });
    expect(verdictSentence(verdict({ inside: maths, outside: many }), ja)).toMatch(
      /ほかの 4 ドメイン：1\.1～3\.1 倍悪化（最大は french）。$/,
    );
    const mild = side(...['a', 'b', 'c', 'd'].map((name, i) => [name, known(1.06 + i / 10, 1.05, 1.5)] as const));
    expect(verdictSentence(verdict({ inside: maths, outside: mild }), en)).toContain('6% to 36% worse, d most.');
    const none = side(...['a', 'b', 'c', 'd'].map((name) => [name, known(1, 0.99, 1.01)] as const));
    expect(verdictSentence(verdict({ inside: none }), en)).toContain(' 4 domains: no measurable loss, at most 1%.');
  });
});

describe('what the model writes', () => {
  const fine = { prompts: 60, worse: [], isFew: false };

  test('is said last, with its shares, and coloured only where it is worse', () => {
    const worse = [
      { check: 'loop', share: 0.45, full: 0.05 },
      { check: 'answer', share: 0.4, full: 0.62 },
    ] as const;
    const told = verdict({ inside: maths, outside: japanese, answers: { ...fine, worse: [...worse] } });
    expect(verdictPhrases(told, en).at(-1)).toEqual({
      text: 'Answers to 60 prompts: loops 45% instead of 5%, right 40% instead of 62%.',
      grade: 'amber',
    });
    expect(verdictPhrases(told, ja).at(-1)?.text).toBe(
      '60 件の回答：ループ 45%（元のモデル 5%）、正解 40%（元のモデル 62%）。',
    );
  });

  test('is no proof of anything where nothing is worse, and says where few were asked', () => {
    expect(verdictPhrases(verdict({ inside: maths, answers: fine }), en).at(-1)).toEqual({
      text: 'Answers to 60 prompts: no clear difference from the full model’s.',
      grade: null,
    });
    const few = verdict({ answers: { ...fine, prompts: 1, isFew: true } });
    expect(verdictSentence(few, en)).toBe(
      '17.7 MB instead of 22.8 MB. Answers to 1 prompt: no clear difference; too few prompts to be sure.',
    );
  });
});
