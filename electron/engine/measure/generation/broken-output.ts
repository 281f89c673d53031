// Finds output with a broken format, which a program could not parse or a screen could not show properly.
import type { GenerationFindings } from '../../../contract/api/generations.ts';
import { inEnglish, say } from '../../../contract/sentences.ts';
import { fencedBlocks } from './code-fences.ts';
import { beginsAsJson, checkJson, leadingValue } from './json-check.ts';
import type { Prompt } from './prompts.ts';
import { jsonCallProblem, toolCallProblems, withoutToolCalls } from './tool-calls.ts';

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
export function brokenParts(text: string, { tools, callsTool }: Pick<Prompt, 'tools' | 'callsTool'>): Breakage[] {
  const answer = withoutToolCalls(answerOf(text));
  const blocks = fencedBlocks(answer);
  const found: Breakage[] = [];
  if (blocks.some(({ closed }) => !closed))
    found.push({ kind: 'fence', detail: say('markupNotClosed', { markup: '```' }) });
  for (const { language, content, closed } of blocks) {
    const { problem } = closed && language === 'json' ? checkJson(content) : {};
    if (problem !== undefined) found.push({ kind: 'json', detail: problem });
  }
  // including calls at the end of unfinished reasoning
  found.push(...toolCallProblems(text, tools).map((detail): Breakage => ({ kind: 'toolCall', detail })));
  if (beginsAsJson(answer)) {
    const json = leadingValue(answer.trimStart());
    const problem = checkJson(json).problem;
    const callProblem = callsTool && problem === undefined ? jsonCallProblem(json, tools) : null;
    if (problem !== undefined) found.push({ kind: 'json', detail: problem });
    if (callProblem !== null) found.push({ kind: 'toolCall', detail: callProblem });
  }
  return found;
}

/** A breakage in the form of files and the command line. */
export function namedBreakage({ kind, detail }: Breakage): {
  readonly kind: 'fence' | 'json' | 'tool_call';
  readonly detail: string;
} {
  return { kind: kind === 'toolCall' ? 'tool_call' : kind, detail: inEnglish(detail) };
}

/** The text without the reasoning before the answer. */
export function answerOf(text: string): string {
  const ends = REASONING_ENDS.map((end) => ({ end, at: text.lastIndexOf(end) })).filter(({ at }) => at >= 0);
  const last = ends.reduce((a, b) => (b.at > a.at ? b : a), { end: '', at: 0 });
  return text.slice(last.at + last.end.length);
}
