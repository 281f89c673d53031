// The generated math sample: its files are what the generator gives, and every worked answer is right.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { indexDemos } from '../../../electron/engine/demos/demo-index.ts';
import { buildMathSample } from '../../../resources/sample/generate-math.ts';
import { equation } from '../../../resources/sample/math/problem.ts';
import { type Exchange, exchanges, faults } from './worked-answers.ts';

const SAMPLE = join(import.meta.dirname, '..', '..', '..', 'resources', 'sample');
const demosFile = readFileSync(join(SAMPLE, 'demos', 'math.jsonl'), 'utf8');
const evalFile = readFileSync(join(SAMPLE, 'eval', 'math.txt'), 'utf8');

const demos = demosFile
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Exchange & { source: string });
const held = exchanges(evalFile);

describe('math sample', () => {
  it('is what the generator writes, byte for byte', () => {
    const sample = buildMathSample();
    expect(sample.demosJsonl).toBe(demosFile);
    expect(sample.evalText).toBe(evalFile);
  });

  it('is worked out correctly in every step, from numbers that the question gives', () => {
    const wrong = [...demos, ...held].flatMap((exchange) =>
      faults(exchange).map((fault) => [exchange.question, fault]),
    );
    expect(wrong).toEqual([]);
  });

  it('shares no question between demos and evaluation text, and repeats none', () => {
    const questions = [...demos, ...held].map((exchange) => exchange.question);
    expect(new Set(questions).size).toBe(questions.length);
  });

  it('has no demo in the evaluation text, not even with other names', async () => {
    const texts = demos.map(({ question, answer }, of) => ({ of, text: `${question}\n${answer}` }));
    expect([...(await indexDemos(texts)).overlaps(evalFile)]).toEqual([]);
  });
});

describe('equation', () => {
  it('writes and computes from left to right', () => {
    expect(equation(40, '*', 25, '/', 100)).toEqual({
      value: 10,
      text: '40 * 25 / 100 = 10',
      money: '40 * 25 / 100 = $10',
    });
    expect(equation(44, '-', 5, '+', 9).text).toBe('44 - 5 + 9 = 48');
  });

  it.each([
    ['a fraction', () => equation(7, '/', 2)],
    ['a negative number', () => equation(3, '-', 5)],
    ['mixed precedence', () => equation(3, '+', 4, '*', 2)],
  ])('refuses %s', (_, compute) => {
    expect(compute).toThrow(RangeError);
  });
});
