// The math report text: every worked answer is right, and no sentence of it is made by a template of the sample's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../resources/sample/math/random.ts';
import { type Exchange, exchanges, faults } from './worked-answers.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const SAMPLE = join(ROOT, 'resources', 'sample');
const text = readFileSync(join(ROOT, 'test', 'texts', 'math.txt'), 'utf8');
const reported = exchanges(text);
const tuning: Exchange[] = [
  ...exchanges(readFileSync(join(SAMPLE, 'eval', 'math.txt'), 'utf8')),
  ...readFileSync(join(SAMPLE, 'demos', 'math.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Exchange),
];

const NAMES = createRandom(1)
  .people(24)
  .map(({ name }) => name);
const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** The sentences of question and answer with # for numbers and @ for names. */
function masked({ question, answer }: Exchange): string[] {
  return `${question} ${answer.replaceAll('\n', ' ')}`
    .replaceAll(new RegExp(`\\b(?:${NAMES.join('|')})\\b`, 'g'), '@')
    .replaceAll(new RegExp(`\\b(?:\\d+|${WORDS.join('|')})\\b`, 'gi'), '#')
    .replaceAll(/\b(?:[Ss]he|[Hh]e|[Hh]er|[Hh]is|[Hh]im)\b/g, '~')
    .split(/(?<=[.?!]) /)
    .filter((sentence) => !sentence.startsWith('###'));
}

const known = new Set(tuning.flatMap(masked));

describe('math report text', () => {
  it('is worked out correctly in every step, from numbers that the question gives', () => {
    expect(reported.flatMap((exchange) => faults(exchange).map((fault) => [exchange.question, fault]))).toEqual([]);
  });

  it('repeats no question', () => {
    expect(new Set(reported.map(({ question }) => question)).size).toBe(reported.length);
  });

  it('has no sentence of a template of the demos or the evaluation text, numbers and names aside', () => {
    const shared = reported.flatMap(masked).filter((sentence) => known.has(sentence));
    expect([...new Set(shared)]).toEqual([]);
  });

  it('would know such a template by other numbers and another name', () => {
    const { question, answer } = tuning[0]!;
    const number = (digits: string): string => String(Number(digits) + 1);
    const other = { question: question.replaceAll(/\d+/g, number), answer: answer.replaceAll(/\d+/g, number) };
    expect(masked(other).every((sentence) => known.has(sentence))).toBe(true);
  });
});
