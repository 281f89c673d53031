import { describe, expect, it } from 'vitest';
import { asFileName } from '../../../renderer/kit/file-name.ts';

describe('a suggested file name', () => {
  it('keeps letters of every language, digits, dots and dashes', () => {
    expect(asFileName('Qwen3-30B_A3B-数学.v1')).toBe('Qwen3-30B_A3B-数学.v1');
  });

  it('replaces everything else, several signs by one dash', () => {
    expect(asFileName('org/model: python + C++')).toBe('org-model-python-C-');
  });
});
