import { describe, expect, test } from 'vitest';
import { matchAnswer, MAX_TEXT_ANSWER } from '../../../electron/engine/measure/generation/findings.ts';

describe('numbers', () => {
  const gold = '6 * 34 = 204.\n#### 1,204.50';
  test.each([
    ['marked alike', 'So it is 5.\n#### 1204.5', '1204.5', true],
    ['marked alike, with words', '#### $1,204.50 in all', '$1,204.50', true],
    ['in a box', 'Thus \\boxed{1204.5}.', '1204.5', true],
    ['in a box with a unit', 'Thus \\boxed{\\$1{,}204.5\\text{ km}}.', '$1,204.5', true],
    ['the last one', 'There are 17 of them, so 1204.50 in total.', '1204.50', true],
    ['the last one is another', 'It was 1204.5, then 3 left.', '3', false],
    ['the mark goes before the last one', '#### 1204.5\nIn 2 days.', '1204.5', true],
    ['negative', '#### -1204.5', '-1204.5', false],
    ['none', 'I do not know.', null, false],
  ])('%s', (_, completion, found, matches) => {
    const { kind, ...match } = matchAnswer(gold, completion)!;
    expect(kind).toBe('number');
    expect(match).toEqual({ expected: '1,204.50', found, matches });
  });

  test('from a box, or where the answer is nothing but a number', () => {
    expect(matchAnswer('We get $\\boxed{42}$.', '41 or 42')).toMatchObject({
      kind: 'number',
      expected: '42',
      matches: true,
    });
    expect(matchAnswer(' −7. ', 'minus: -7')).toMatchObject({ kind: 'number', expected: '−7', matches: true });
    expect(matchAnswer('12 %', 'It is 12.0 percent')).toMatchObject({ kind: 'number', matches: true });
    expect(matchAnswer('.5', 'That is 0.5')).toMatchObject({ kind: 'number', matches: true });
    // a number in prose is not what is asked for
    expect(matchAnswer('In 1969', '1969')).toMatchObject({ kind: 'text', matches: false });
  });

  test('after the reasoning only', () => {
    expect(matchAnswer('#### 7', '<think>\n#### 9\n</think>It is 7')).toMatchObject({ found: '7', matches: true });
    expect(matchAnswer('<think>1 + 1</think>2', '2')).toMatchObject({ kind: 'number', expected: '2', matches: true });
  });
});

describe('texts', () => {
  test.each([
    ['Paris', ' paris.', true],
    ['The Eiffel Tower', 'Eiffel tower', true],
    ['A', '(A)', true],
    ['A', 'B', false],
    ['x < 5', 'x > 5', false],
    ['C++', 'C', false],
    ['東京', '「東京」', true],
    ['Paris', 'It is Paris', false],
    ['$\\boxed{\\frac{1}{2}}$', 'So \\boxed{\\frac{1}{2}}.', true],
    ['$\\boxed{\\frac{1}{2}}$', 'So \\boxed{\\frac{1}{3}}.', false],
  ])('%s and %s', (gold, completion, matches) => {
    expect(matchAnswer(gold, completion)).toMatchObject({ kind: 'text', matches });
  });

  test('long answers can be worded in many ways, empty ones not at all', () => {
    expect(matchAnswer('word '.repeat(MAX_TEXT_ANSWER / 5 + 1), 'word')).toBeNull();
    expect(matchAnswer(' … ', 'word')).toBeNull();
    expect(matchAnswer('Paris', '')).toMatchObject({ found: null, matches: false });
  });
});
