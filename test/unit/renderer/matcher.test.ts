import { describe, expect, it } from 'vitest';
import { matcher } from '../../../renderer/kit/matcher.ts';

describe('searching', () => {
  it('finds every word, in any order and in small or capital letters', () => {
    const isFound = matcher('PYTHON  qwen ');
    expect(isFound('Qwen3 30B, python')).toBe(true);
    expect(isFound('Qwen3 30B, maths')).toBe(false);
  });

  it('finds everything while nothing is searched', () => {
    expect(matcher('  ')('')).toBe(true);
  });
});
