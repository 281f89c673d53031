// A chat with marks around the texts of its answers, to find out where they stand in the rendered text.
import type { ChatContent, ChatMessage } from '../../contract/demo.ts';
import { isRecord } from './plain.ts';
import { reasonedAnswer } from './reasoning.ts';
import { withParsedArguments } from './template-messages.ts';

/** A part of a text, in UTF-16 units. */
export type Span = { readonly start: number; readonly end: number };

/** Private-use characters, which no template contains. */
const ANSWER = '\uE002';
/** Parts of one call are joined, with everything between them. Used alternately, to distinguish neighbours. */
const CALLS = ['\uE003', '\uE004'];
const CLOSING = '\uE00F';
const MARKS = /[\uE000-\uE00F]/;

/**
 * The chat with marks around its answers. They are placed inside the surrounding white space, so that templates trim as usual.
 * @param withCalls also marks tool calls: some templates then write something else
 * @returns null: the chat itself contains such marks
 */
export function markedChat(chat: ChatContent, withCalls: boolean): ChatContent | null {
  if (MARKS.test(JSON.stringify(chat))) return null;
  return { ...chat, messages: chat.messages.map((message) => markedMessage(message, withCalls)) };
}

function markedMessage(message: ChatMessage, withCalls: boolean): ChatMessage {
  const { role, reasoning_content: apart, tool_calls: calls } = message;
  if (role !== 'assistant') return message;
  return {
    ...message,
    content: markedAnswer(message),
    ...(apart !== undefined && { reasoning_content: marked(apart, ANSWER) }),
    ...(withCalls &&
      calls !== undefined && {
        tool_calls: calls.map((call, i) => markedTexts(withParsedArguments(call), CALLS[i % 2]!)),
      }),
  };
}

/** The text of an answer; reasoning in it is marked by itself. */
function markedAnswer(message: ChatMessage): string {
  const { content } = message;
  const reasoned = message.reasoning_content === undefined ? reasonedAnswer(message) : null;
  const end = content.indexOf('</think>');
  if (reasoned === null || end < 0) return marked(content, ANSWER);
  const start = content.lastIndexOf(reasoned.reasoning, end);
  const after = start + reasoned.reasoning.length;
  return `${content.slice(0, start)}${marked(reasoned.reasoning, ANSWER)}${content.slice(after, end)}</think>${marked(content.slice(end + '</think>'.length), ANSWER)}`;
}

function marked(text: string, opening: string): string {
  const said = text.trim();
  if (said === '') return text;
  const start = text.indexOf(said);
  return `${text.slice(0, start)}${opening}${said}${CLOSING}${text.slice(start + said.length)}`;
}

function markedTexts<T>(value: T, opening: string, key = ''): T {
  if (typeof value === 'string') return (key === 'type' ? value : marked(value, opening)) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => markedTexts(item, opening, key)) as T;
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, markedTexts(item, opening, name)]);
  return Object.fromEntries(entries) as T;
}

/**
 * Removes the marks from a rendered text.
 * @returns the text without marks, and the spans that were marked, ascending; null: a template separated marks that belong together
 */
export function readMarks(markedText: string): { readonly text: string; readonly spans: readonly Span[] } | null {
  let text = '';
  let open: { readonly mark: string; readonly start: number } | null = null;
  const spans: (Span & { readonly mark: string })[] = [];
  for (const part of markedText.split(/([\uE000-\uE00F])/)) {
    if (part === ANSWER || CALLS.includes(part)) {
      if (open) return null;
      open = { mark: part, start: text.length };
    } else if (part === CLOSING) {
      if (!open) return null;
      const before = spans.at(-1);
      if (open.mark !== ANSWER && before?.mark === open.mark) spans[spans.length - 1] = { ...before, end: text.length };
      else spans.push({ ...open, end: text.length });
      open = null;
    } else {
      text += part;
    }
  }
  if (open) return null;
  return { text, spans: spans.map((span) => (span.mark === ANSWER ? span : wholeObject(text, span))) };
}

/** The span of a call, extended to the braces and quotes around it if it is written as JSON. */
function wholeObject(text: string, span: Span): Span {
  const before =
    /\{[^{}<>\n]*(?:\{[^{}<>\n]*)?$/.exec(text.slice(Math.max(0, span.start - 200), span.start))?.[0] ?? '';
  const after = /^["'\]}\s]*["'\]}]/.exec(text.slice(span.end, span.end + 50))?.[0] ?? '';
  return { ...span, start: span.start - before.length, end: span.end + after.length };
}
