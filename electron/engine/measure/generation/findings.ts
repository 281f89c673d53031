// Judges one completion.
import type { GenerationFindings } from '../../../contract/api/generations.ts';
import type { GenerationCheck } from '../../../contract/generation-checks.ts';
import { matchAnswer } from './answer-match.ts';
import { brokenParts } from './broken-output.ts';
import { findLoop } from '../../base/content/loop.ts';
import type { Prompt } from './prompts.ts';

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

/** Whether a check is true of a completion; null: it could not be judged. */
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

/** Whether a check's outcome is a fault; for the check `answer`, that means a wrong answer. */
export function isFault(check: GenerationCheck, findings: GenerationFindings): boolean {
  return outcomeOf(check, findings) === (check !== 'answer');
}
