import { describe, expect, test } from 'vitest';
import {
  toFigures,
  type JudgedPrompts,
  keptTexts,
} from '../../../electron/engine/measure/generation/stored-generation.ts';
import { checkCompletion, isFault, checkOutcome } from '../../../electron/engine/measure/generation/findings.ts';
import type { Prompt } from '../../../electron/engine/measure/generation/prompts.ts';

const MAX_TOKENS = 32;

const prompt = (change: Partial<Prompt> = {}): Prompt => ({
  demo: 'tickets.jsonl:1',
  hash: 'a',
  kind: 'chat',
  tokens: Int32Array.of(1, 2, 3),
  shown: 'How many?',
  gold: '#### 7',
  expectedTokens: 5,
  tools: [],
  callsTool: false,
  ...change,
});

describe('findings', () => {
  const ended = (text: string, about = prompt()) => checkCompletion({ text, stop: 'eog' }, about, MAX_TOKENS);
  const cut = (text: string, about = prompt()) => checkCompletion({ text, stop: 'length' }, about, MAX_TOKENS);

  test('a good answer', () => {
    expect(ended('It is 7.')).toEqual({
      loop: null,
      truncated: false,
      broken: [],
      answer: { kind: 'number', expected: '7', found: '7', matches: true },
    });
  });

  test('what the limit cut is no broken output, and is truncated', () => {
    expect(cut('```py\nx = 1')).toMatchObject({ truncated: true, broken: null, answer: { matches: false } });
  });

  test('where the demo’s own answer is longer than the limit, neither length nor answer is judged', () => {
    const long = prompt({ expectedTokens: MAX_TOKENS + 1 });
    for (const findings of [ended('7', long), cut('7', long)])
      expect(findings).toMatchObject({ truncated: null, answer: null });
    expect(cut('7', prompt({ expectedTokens: null })).truncated).toBe(true);
    expect(cut('7', prompt({ expectedTokens: MAX_TOKENS })).truncated).toBe(true);
  });

  test('a text that goes on has no format and no answer', () => {
    const document = prompt({ kind: 'document', gold: null, expectedTokens: 20 });
    expect(ended('```py', document)).toMatchObject({ truncated: false, broken: null, answer: null });
  });

  test('a demo that calls a tool has no answer to compare, and its calls are looked at', () => {
    const call = prompt({ gold: '{"name":"search"}', tools: ['search'], callsTool: true });
    expect(ended('{"query": "x"}', call)).toMatchObject({ answer: null, broken: [{ kind: 'toolCall' }] });
  });

  test('faults', () => {
    const findings = ended('It is 8.\n```', prompt());
    expect(checkOutcome('broken', findings)).toBe(true);
    expect(isFault('broken', findings)).toBe(true);
    expect(checkOutcome('answer', findings)).toBe(false);
    expect(isFault('answer', findings)).toBe(true);
    expect(isFault('loop', findings)).toBe(false);
    const unjudged = cut('x', prompt({ gold: null }));
    expect(checkOutcome('answer', unjudged)).toBeNull();
    expect(isFault('answer', unjudged)).toBe(false);
    expect(isFault('broken', unjudged)).toBe(false);
  });
});

test('figures of a variant against the full model', () => {
  const judged = (change: Partial<JudgedPrompts[number]> = {}) => ({
    loop: false,
    truncated: false,
    broken: null,
    answer: true,
    tokens: 10,
    ...change,
  });
  const full = [judged(), judged(), judged({ loop: true }), judged({ answer: null })];
  const ours = [judged(), judged({ loop: true, tokens: 30 }), judged({ loop: true }), judged()];
  const figures = toFigures(ours, full);
  expect(figures.medianTokens).toBe(10);
  expect(figures.rates).toMatchObject({ loop: { hits: 2, judged: 4 }, broken: null, answer: { hits: 4, judged: 4 } });
  expect(figures.againstFull).toMatchObject({
    loop: { value: 0.25, prompts: 4 },
    broken: null,
    answer: { value: 0, prompts: 3 },
  });
  expect(toFigures(full, null).againstFull).toBeNull();
});

test('kept texts are cut, the fewer completions the later', () => {
  const findings = { loop: null, truncated: false, broken: null, answer: null };
  const long = { text: 'x'.repeat(9000), cut: false, tokens: 3000, findings };
  const one = keptTexts([prompt({ shown: `${'p'.repeat(5000)}end`, gold: 'g'.repeat(5000) })], [long]);
  expect(one.completions[0]).toMatchObject({ cut: true, tokens: 3000 });
  expect(one.completions[0]?.text).toHaveLength(4000);
  expect(one.prompts[0]?.prompt).toMatch(/p{3997}end$/);
  expect(one.prompts[0]).toMatchObject({ promptCut: true, kind: 'chat', demo: 'tickets.jsonl:1' });
  expect(one.prompts[0]?.gold).toHaveLength(4000);
  const many = Array.from({ length: 5000 }, () => long);
  const kept = keptTexts(
    Array.from({ length: 5000 }, () => prompt()),
    many,
  );
  expect(kept.completions[0]?.text).toHaveLength(800);
  const short = keptTexts([prompt()], [{ ...long, text: 'x' }]);
  expect(short.completions[0]).toMatchObject({ text: 'x', cut: false });
});
