// The generated math sample: its files are what the generator gives, and every worked answer is right.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { indexDemos } from '../../../electron/engine/demos/demo-index.ts';
import { buildMathSample } from '../../../resources/sample/generate-math.ts';
import { equation } from '../../../resources/sample/math/problem.ts';
import { createRandom } from '../../../resources/sample/math/random.ts';
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

  it('has 40 demos and about 32 kB of text in chat form', () => {
    expect(demos).toHaveLength(40);
    expect(demos.map((demo) => demo.source)).toEqual(demos.map((_, i) => `generated, seed 1, item ${i + 1}`));
    expect(Buffer.byteLength(evalFile)).toBeGreaterThanOrEqual(32_000);
    expect(Buffer.byteLength(evalFile)).toBeLessThan(33_000);
    expect(held.length).toBe(evalFile.split('\n\n').length);
  });

  it('is worked out correctly in every step, from numbers that the question gives', () => {
    const wrong = [...demos, ...held].flatMap((exchange) =>
      faults(exchange).map((fault) => [exchange.question, fault]),
    );
    expect(wrong).toEqual([]);
  });

  it('would catch a wrong step, a wrong result and a number from nowhere', () => {
    const question = 'There are 3 trays of 4 rolls and 5 rolls more. How many in total?';
    expect(faults({ question, answer: 'First 3 * 4 = 12.\nThen 12 + 5 = 17.\n#### 17' })).toEqual([]);
    expect(faults({ question, answer: 'First 3 * 4 = 13.\n#### 13' })).toHaveLength(1);
    expect(faults({ question, answer: 'First 3 * 4 = 12.\n#### 17' })).toHaveLength(1);
    expect(faults({ question, answer: 'First 3 * 9 = 27.\n#### 27' })).toHaveLength(1);
    expect(faults({ question, answer: 'It is many.\nThen 4 + 5 = 9.\n#### 9' })).toHaveLength(1);
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

describe('createRandom', () => {
  it('repeats itself for a seed and differs between seeds', () => {
    const draw = (seed: number): number[] => {
      const random = createRandom(seed);
      return Array.from({ length: 50 }, () => random.int(1, 1000));
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('reaches both ends of a range and nothing outside', () => {
    const random = createRandom(3);
    const drawn = new Set(Array.from({ length: 500 }, () => random.int(2, 5)));
    expect([...drawn].sort()).toEqual([2, 3, 4, 5]);
  });
});
