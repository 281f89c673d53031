// Compares a completion with the demo's own answer, if that can be judged right or wrong.
import type { GenerationFindings } from '../../../contract/api/generations.ts';
import { answerOf } from './broken-output.ts';

type Match = NonNullable<GenerationFindings['answer']>;

/** Maximum characters of a text answer. Longer answers can be worded in many ways, so comparing texts does not show whether they are right. */
export const MAX_TEXT_ANSWER = 80;

/** "-1,234.5", "$7", "3e-4": with thousands in groups of three, or without. */
const NUMBER = /[-−]?[$€£¥]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?|[-−]?[$€£¥]?\.\d+/g;
const ARTICLES = ['a', 'an', 'the'];
/** GSM8K's mark for the final answer (Cobbe et al., arXiv 2110.14168). */
const MARKED = /####[ \t]*(.*)/;

/**
 * Compares numbers if the demo's answer is marked as one (`#### 7`, `\boxed{7}`) or consists of one. The completion's number
 * is the marked one, otherwise the last one in it, as in lm-evaluation-harness's "flexible-extract" for GSM8K.
 * Other answers of at most `MAX_TEXT_ANSWER` characters match if the same text remains without case, punctuation,
 * English articles and white space, as in SQuAD's exact match (Rajpurkar et al., arXiv 1606.05250).
 * @returns null: the demo's answer is too long or too empty to be compared
 */
export function matchAnswer(gold: string, completion: string): Match | null {
  const expected = answerOf(gold).trim();
  const answer = answerOf(completion);
  const number = markedNumber(expected) ?? soleNumber(expected);
  if (number !== null) {
    const found = markedNumber(answer) ?? lastNumber(answer);
    return { kind: 'number', expected: number, found, matches: found !== null && valueOf(found) === valueOf(number) };
  }
  const wanted = boxed(expected) ?? expected;
  if (normalised(wanted) === '' || wanted.length > MAX_TEXT_ANSWER) return null;
  const found = (boxed(answer) ?? answer).trim();
  return {
    kind: 'text',
    expected: wanted,
    found: found === '' ? null : found.slice(0, 2 * MAX_TEXT_ANSWER),
    matches: normalised(found) === normalised(wanted),
  };
}

function markedNumber(text: string): string | null {
  const marked = MARKED.exec(text)?.[1];
  if (marked !== undefined) return firstNumber(marked) ?? null;
  const inBox = boxed(text);
  return inBox === null ? null : soleNumber(inBox);
}

/** Content of the last `\boxed{…}`, including brackets within it; null: there is none. */
function boxed(text: string): string | null {
  const start = text.lastIndexOf('\\boxed{');
  if (start < 0) return null;
  const inside = text.slice(start + '\\boxed{'.length);
  let depth = 1;
  for (let i = 0; i < inside.length; i++) {
    if (inside[i] === '{') depth++;
    if (inside[i] === '}' && --depth === 0) return inside.slice(0, i);
  }
  return null;
}

function firstNumber(text: string): string | undefined {
  return text.match(NUMBER)?.[0];
}

function lastNumber(text: string): string | null {
  return text.match(NUMBER)?.at(-1) ?? null;
}

/** The number that the whole text consists of, apart from a full stop, unit signs and LaTeX around it; null: there is more. */
function soleNumber(text: string): string | null {
  const plain = text.replace(/\{,\}|\\,/g, ',').replace(/\\!|\\(?=[$%])|\\text\{[^}]*\}/g, '');
  const number = firstNumber(plain);
  return number !== undefined && /^[\s.,%°$]*$/.test(plain.replace(number, '')) ? number : null;
}

function valueOf(number: string): number {
  return Number(number.replace(/[$€£¥,]/g, '').replace('−', '-'));
}

function normalised(text: string): string {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\p{P}/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '');
  const telling = words.filter((word) => !ARTICLES.includes(word));
  // "A" may be the answer
  return (telling.length > 0 ? telling : words).join(' ');
}
