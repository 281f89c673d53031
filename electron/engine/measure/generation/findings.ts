// Judges one completion.
import type { GenerationFindings } from '../../../contract/api/generations.ts';
import type { GenerationCheck } from '../../../contract/generation-checks.ts';
import { findLoop } from '../../base/content/loop.ts';
import type { Prompt } from './prompts.ts';
import { inEnglish, msg } from '../../../contract/sentences.ts';
import {
  beginsAsJson,
  checkJson,
  leadingValue,
  jsonCallProblem,
  toolCallProblems,
  withoutToolCalls,
} from './tool-calls.ts';

/**
 * Judges a completion:
 * - Looping is always judged.
 * - A completion that ran into the limit is truncated, and the answer is compared if it can be judged right or wrong; neither
 *   is judged if the demo's own answer, or the rest of the text, would not fit into the limit.
 * - Broken output is judged in answers of chats that the model ended itself: output that was cut by the limit is necessarily
 *   unfinished, and a continued text has no format of its own.
 * @param completion its `stop` is `eog` if the model ended its turn, `length` if the limit was reached
 * @param maxTokens the limit
 */
export function checkCompletion(
  { text, stop }: { readonly text: string; readonly stop: 'eog' | 'length' },
  { kind, gold, expectedTokens, tools, callsTool }: Prompt,
  maxTokens: number,
): GenerationFindings {
  const isCut = stop === 'length';
  const fits = expectedTokens === null || expectedTokens <= maxTokens;
  return {
    loop: findLoop(text),
    truncated: fits ? isCut : null,
    broken: isCut || kind === 'document' ? null : brokenParts(text, tools, callsTool),
    answer: gold === null || callsTool || !fits ? null : matchAnswer(gold, text),
  };
}

/** Whether a check is true of a completion; null: it could not be judged. */
export function checkOutcome(check: GenerationCheck, findings: GenerationFindings): boolean | null {
  switch (check) {
    case 'loop':
      return findings.loop !== null;
    case 'truncated':
      return findings.truncated;
    case 'broken':
      return findings.broken && findings.broken.length > 0;
    case 'answer':
      return findings.answer && findings.answer.matches;
  }
}

/** Whether a check's outcome is a fault; for the check `answer`, that means a wrong answer. */
export function isFault(check: GenerationCheck, findings: GenerationFindings): boolean {
  return checkOutcome(check, findings) === (check !== 'answer');
}

type Breakage = NonNullable<GenerationFindings['broken']>[number];

/** Markers that end the reasoning part of a model's output. */
const REASONING_ENDS = ['</think>', '<|channel|>final<|message|>'];

/**
 * Finds everything that is broken in the answer of a chat that the model ended itself:
 * - a fenced code block that is not closed;
 * - JSON that does not parse: in a block marked json, or if the answer begins as an object or a list of them;
 * - a tool call that is not closed, is not JSON, has no name, or names a tool that was not offered. Such markup is judged
 *   wherever it occurs; an answer of bare JSON is judged as a call only if the demo's own answer is one.
 */
export function brokenParts(text: string, tools: readonly string[], callsTool: boolean): Breakage[] {
  const answer = withoutToolCalls(finalAnswer(text));
  const blocks = fencedBlocks(answer);
  const breakages: Breakage[] = [];
  if (blocks.some(({ closed }) => !closed))
    breakages.push({ kind: 'fence', detail: msg('markupNotClosed', { markup: '```' }) });
  for (const { language, content, closed } of blocks) {
    const { problem } = closed && language === 'json' ? checkJson(content) : {};
    if (problem !== undefined) breakages.push({ kind: 'json', detail: problem });
  }
  // including calls at the end of unfinished reasoning
  breakages.push(...toolCallProblems(text, tools).map((detail): Breakage => ({ kind: 'toolCall', detail })));
  if (beginsAsJson(answer)) {
    const json = leadingValue(answer.trimStart());
    const problem = checkJson(json).problem;
    const callProblem = callsTool && problem === undefined ? jsonCallProblem(json, tools) : null;
    if (problem !== undefined) breakages.push({ kind: 'json', detail: problem });
    if (callProblem !== null) breakages.push({ kind: 'toolCall', detail: callProblem });
  }
  return breakages;
}

/** A breakage in the form of files and the command line. */
export function namedBreakage({ kind, detail }: Breakage): {
  readonly kind: 'fence' | 'json' | 'tool_call';
  readonly detail: string;
} {
  return { kind: kind === 'toolCall' ? 'tool_call' : kind, detail: inEnglish(detail) };
}

/** The text without the reasoning before the answer. */
export function finalAnswer(text: string): string {
  const ends = REASONING_ENDS.map((end) => ({ end, at: text.lastIndexOf(end) })).filter(({ at }) => at >= 0);
  const last = ends.reduce((a, b) => (b.at > a.at ? b : a), { end: '', at: 0 });
  return text.slice(last.at + last.end.length);
}

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
  const expected = finalAnswer(gold).trim();
  const answer = finalAnswer(completion);
  const number = markedNumber(expected) ?? soleNumber(expected);
  if (number !== null) {
    const found = markedNumber(answer) ?? lastNumber(answer);
    return { kind: 'number', expected: number, found, matches: found !== null && parse(found) === parse(number) };
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

function parse(number: string): number {
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

type FencedBlock = {
  /** First word after the opening fence, in lower case: "json"; empty: there is none. */
  readonly language: string;
  readonly content: string;
  /** false: the text ends inside the block. */
  readonly closed: boolean;
};

// At any indentation: a fence in a list or a quote is indented.
const OPENING = /^[ \t>]*(`{3,}|~{3,})[ \t]*([^`\s]*)[^`]*$/;
const CLOSING = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/;

/** All fenced blocks, in order. */
export function fencedBlocks(text: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let open: { readonly fence: string; readonly language: string; readonly lines: string[] } | null = null;
  const end = (closed: boolean): void => {
    if (open) blocks.push({ language: open.language, content: open.lines.join('\n'), closed });
    open = null;
  };
  for (const line of text.split(/\r?\n/)) {
    if (open === null) {
      const [, fence, language = ''] = OPENING.exec(line) ?? [];
      if (fence !== undefined) open = { fence, language: language.toLowerCase(), lines: [] };
    } else if (closes(line, open.fence)) {
      end(true);
    } else {
      open.lines.push(line);
    }
  }
  end(false);
  return blocks;
}

/** Whether a line closes a fence: with the same character, at least as many of them, and nothing after them. */
function closes(line: string, fence: string): boolean {
  const marks = CLOSING.exec(line)?.[1];
  return marks !== undefined && marks[0] === fence[0] && marks.length >= fence.length;
}
