// Reasoning before an answer, in its two notations: in a separate field, or between <think> and </think> at the start of the answer.
import type { ChatMessage } from '../../contract/demo.ts';

const OPENING = /^\s*<think>\n?/;

type Reasoned = {
  readonly reasoning: string;
  readonly answer: string;
};

/**
 * The texts before and after `</think>` in an assistant's message, without surrounding blanks; null: it has no reasoning.
 * The opening mark may be missing: many templates put it into the prompt.
 */
export function reasonedAnswer({ content, reasoning_content: apart }: ChatMessage): Reasoned | null {
  const [, before, after] = /^\s*(?:<think>)?(.*?)<\/think>(.*)$/s.exec(content) ?? [];
  if (apart !== undefined && apart.trim() !== '') return { reasoning: apart.trim(), answer: content.trim() };
  if (before === undefined || after === undefined || before.trim() === '') return null;
  return { reasoning: before.trim(), answer: after.trim() };
}

/** The message with its reasoning in a separate field. */
export function reasoningApart(message: ChatMessage, { reasoning, answer }: Reasoned): ChatMessage {
  return { ...message, content: answer, reasoning_content: reasoning };
}

/** The message as the model writes it after a prompt, which may already contain the opening mark. */
export function writtenAfter(prompt: string, message: ChatMessage): string {
  const { content, reasoning_content: apart } = message;
  const written = apart === undefined ? content : `<think>\n${apart}\n</think>\n\n${content}`;
  const isOpen = /<think>\s*$/.test(prompt);
  if (isOpen) return written.replace(OPENING, '');
  return OPENING.test(written) ? written : `<think>\n${written}`;
}
