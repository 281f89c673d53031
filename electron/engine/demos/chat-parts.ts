// The parts that a chat consists of, and chats in which everything of one part is marked, to find out whether a template
// writes it.
import type { ChatContent, ChatMessage } from '../../contract/demo.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import { isRecord } from './plain.ts';
import { reasonedAnswer, withParsedArguments } from './template-messages.ts';

export const CHAT_PARTS = ['system', 'prompt', 'answer', 'reasoning', 'toolCalls', 'toolResults', 'tools'] as const;
export type ChatPart = (typeof CHAT_PARTS)[number];

export const NAMES_OF_PARTS: Readonly<Record<ChatPart, Sentence>> = {
  system: msg('partSystem'),
  prompt: msg('partPrompt'),
  answer: msg('partAnswer'),
  reasoning: msg('partReasoning'),
  toolCalls: msg('partToolCalls'),
  toolResults: msg('partToolResults'),
  tools: msg('partTools'),
};

/** Plane 16 is for private use: no template contains its characters. */
const FIRST_MARK = 0x10_0000;
/** The number of characters in that plane. In a chat with more messages, some share one. */
const MARKS = 0xfffe;

type MarkedPart = {
  readonly chat: ChatContent;
  /** One for each message, call or tool of the part; empty: the chat has no such part. */
  readonly marks: readonly string[];
};

/** The chat with a separate mark in each text of the part. */
export function markPart(chat: ChatContent, part: ChatPart): MarkedPart {
  const marks: string[] = [];
  const mark = (text: string): string => {
    if (text.trim() === '') return text;
    const next = String.fromCodePoint(FIRST_MARK + (marks.length % MARKS));
    marks.push(next);
    return withMark(text, next);
  };
  const messages = chat.messages.map((message) => markMessage(message, part, mark));
  const { tools } = chat;
  const isMarked = part === 'tools' && tools !== undefined;
  return { chat: { ...chat, messages, ...(isMarked && { tools: tools.map((tool) => markName(tool, mark)) }) }, marks };
}

type Mark = (text: string) => string;

/** Puts the mark in the middle of a text: templates check how texts begin and end. */
function withMark(text: string, mark: string): string {
  const said = text.trim();
  const start = text.indexOf(said);
  const half = start + (said.length >> 1);
  const isInside = /^[\uDC00-\uDFFF]/.test(text.slice(half));
  const at = isInside ? half + 1 : half;
  return `${text.slice(0, at)}${mark}${text.slice(at)}`;
}

const PART_OF_ROLE: Readonly<Record<string, ChatPart>> = { system: 'system', user: 'prompt', tool: 'toolResults' };

function markMessage(message: ChatMessage, part: ChatPart, mark: Mark): ChatMessage {
  if (message.role !== 'assistant') {
    return PART_OF_ROLE[message.role] === part ? { ...message, content: mark(message.content) } : message;
  }
  const { tool_calls: calls } = message;
  if (part === 'toolCalls')
    return calls ? { ...message, tool_calls: calls.map((call) => markCall(call, mark)) } : message;
  if (part === 'answer' || part === 'reasoning') return markSaid(message, part, mark);
  return message;
}

/** Marks an answer or its reasoning, which may be a separate field or part of the answer's text. */
function markSaid(message: ChatMessage, part: 'answer' | 'reasoning', mark: Mark): ChatMessage {
  const { content, reasoning_content: apart } = message;
  const isApart = apart !== undefined || reasonedAnswer(message) === null;
  if (isApart && part === 'answer') return { ...message, content: mark(content) };
  if (isApart) return apart === undefined ? message : { ...message, reasoning_content: mark(apart) };
  const [, opening = '', reasoning = '', closing = '', answer = ''] =
    /^(\s*(?:<think>)?)(.*?)(<\/think>)(.*)$/s.exec(content) ?? [];
  const said = part === 'answer' ? [reasoning, mark(answer)] : [mark(reasoning), answer];
  return { ...message, content: `${opening}${said[0]}${closing}${said[1]}` };
}

/** Marks a call's name and the names of its arguments: a template may write one without the other. */
function markCall(call: unknown, mark: Mark): unknown {
  const named = markName(withParsedArguments(call), mark);
  if (!isRecord(named)) return named;
  const holder = isRecord(named['function']) ? named['function'] : named;
  const values = holder['arguments'];
  const isNamed = isRecord(values) && Object.keys(values).length > 0;
  if (!isNamed) return named;
  const marked = Object.fromEntries(Object.entries(values).map(([name, value]) => [mark(name), value]));
  const whole = { ...holder, arguments: marked };
  return holder === named ? whole : { ...named, function: whole };
}

function markName(tool: unknown, mark: Mark): unknown {
  if (!isRecord(tool)) return tool;
  const holder = isRecord(tool['function']) ? tool['function'] : tool;
  if (typeof holder['name'] !== 'string') return tool;
  const named = { ...holder, name: mark(holder['name']) };
  return holder === tool ? named : { ...tool, function: named };
}
