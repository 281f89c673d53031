// Writes messages in the form that chat templates expect, in each of the notations in which templates differ, also of reasoning: in a
// separate field, or between <think> and </think> at the start of the answer.
import type { ChatMessage, ChatContent } from '../../contract/demo.ts';
import { isRecord } from './plain.ts';

/**
 * Messages as template variables: reasoning under both of its names, a tool call's arguments as an object or as
 * JSON text, and each tool message with the id and name of the call that it answers.
 */
export function templateMessages(messages: readonly ChatMessage[], callArguments: 'object' | 'json'): object[] {
  let unanswered: unknown[] = [];
  return messages.map(({ role, content, tool_calls: calls, reasoning_content: reasoning }) => {
    if (calls !== undefined) unanswered = [...calls];
    return {
      role,
      content,
      ...(calls === undefined
        ? {}
        : { tool_calls: callArguments === 'object' ? calls.map(withParsedArguments) : calls }),
      ...(reasoning === undefined ? {} : { reasoning_content: reasoning, thinking: reasoning }),
      // Imported messages have no ids; answers come in the order of the calls.
      ...(role === 'tool' ? answeredCall(unanswered.shift()) : {}),
    };
  });
}

function answeredCall(call: unknown): object {
  if (!isRecord(call)) return {};
  const name = isRecord(call['function']) ? call['function']['name'] : call['name'];
  return {
    ...(typeof call['id'] === 'string' ? { tool_call_id: call['id'] } : {}),
    ...(typeof name === 'string' ? { name } : {}),
  };
}

/** A tool call with its arguments parsed, if they came as JSON text. */
export function withParsedArguments(call: unknown): unknown {
  if (!isRecord(call)) return call;
  const holder = isRecord(call['function']) ? call['function'] : call;
  if (typeof holder['arguments'] !== 'string') return call;
  try {
    const parsed = { ...holder, arguments: JSON.parse(holder['arguments']) as unknown };
    return holder === call ? parsed : { ...call, function: parsed };
  } catch {
    return call;
  }
}

/** Whether any message calls tools. */
export function hasToolCalls(messages: readonly ChatMessage[]): boolean {
  return messages.some((message) => message.tool_calls !== undefined);
}

/**
 * The messages with the system messages placed before the first user message, separated by a blank line; null: there is no
 * system message, or no user message to take it.
 */
export function mergeSystem(messages: readonly ChatMessage[]): ChatMessage[] | null {
  const system = messages.filter((message) => message.role === 'system').map((message) => message.content);
  const rest = messages.filter((message) => message.role !== 'system');
  const firstUser = rest.findIndex((message) => message.role === 'user');
  if (system.length === 0 || firstUser < 0) return null;
  return rest.map((message, i) =>
    i === firstUser ? { ...message, content: [...system, message.content].join('\n\n') } : message,
  );
}

export type ChatTemplate = {
  /** The model's Jinja source (`tokenizer.chat_template`); null: it has none. */
  readonly source: string | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
};

/** Whether the chat's last message is already the model's answer. */
export function isAnswered({ messages }: ChatContent): boolean {
  return messages.at(-1)?.role === 'assistant';
}

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
