import { expect, test } from 'vitest';
import {
  justifiedAnswerTokens,
  MOST_ANSWER_TOKENS,
  usualAnswerTokens,
} from '../../../electron/contract/answer-tokens.ts';

test('without answers to go by, the context is the limit', () => {
  expect(usualAnswerTokens(4096)).toBe(4096);
  expect(usualAnswerTokens(0)).toBe(MOST_ANSWER_TOKENS);
  expect(justifiedAnswerTokens(null, 1_000_000)).toBe(MOST_ANSWER_TOKENS);
});

test('the longest answer says how long others become, within the context', () => {
  expect(justifiedAnswerTokens(500, 131_072)).toBe(4000);
  expect(justifiedAnswerTokens(3, 131_072)).toBe(1024);
  expect(justifiedAnswerTokens(500, 2048)).toBe(2048);
  expect(justifiedAnswerTokens(100_000, 0)).toBe(MOST_ANSWER_TOKENS);
});
