// What is to be said of one completion.
import type { GenerationFindings } from '../../../contract/api/generations.ts';
import type { GenerationCheck } from '../../../contract/generation-checks.ts';
import { matchAnswer } from './answer-match.ts';
import { brokenParts } from './broken-output.ts';
import { findLoop } from '../../base/content/loop.ts';
import type { Prompt } from './prompts.ts';

/**
 * - Looping is judged always.
 * - Truncated is what ran into the limit, and the answer is compared where it can be told right from wrong; neither where
 *   the demo's own answer, or the rest of the text, would not fit into the limit.
 * - Broken output is judged in answers of chats that the model ended itself: what the limit cut is open of necessity, and
 *   a text that goes on has no format of its own.
 * @param completion its `stop` is `eog` where the model ended its turn, `length` where the limit did
 * @param maxTokens the limit
 */
export function findingsOf(
  { text, stop }: { readonly text: string; readonly stop: 'eog' | 'length' },
  { kind, gold, expectedTokens, tools, callsTool }: Prompt,
  maxTokens: number,
): GenerationFindings {
  const isCut = stop === 'length';
  const fits = expectedTokens === null || expectedTokens <= maxTokens;
  return {
    loop: findLoop(text),
    truncated: fits ? isCut : null,
    broken: isCut || kind === 'document' ? null : brokenParts(text, { tools, callsTool }),
    answer: gold === null || callsTool || !fits ? null : matchAnswer(gold, text),
  };
}

/** Whether a check is true of a completion; null: could not be judged. */
export function outcomeOf(check: GenerationCheck, findings: GenerationFindings): boolean | null {
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

/** Whether it is a fault: for the answer where it is wrong. */
export function isFault(check: GenerationCheck, findings: GenerationFindings): boolean {
  return outcomeOf(check, findings) === (check !== 'answer');
}
