// A chat with marks around the texts of its messages, to find out which part of a rendered text belongs to which message.
import type { ChatContent, ChatMessage } from '../../contract/demo.ts';
import type { TokenClass } from '../../contract/token-classes.ts';
import { isRecord } from './plain.ts';
import { reasonedAnswer } from './reasoning.ts';
import { withParsedArguments } from './template-messages.ts';

/** A part of a text, in UTF-16 units. */
export type ClassSpan = { readonly start: number; readonly end: number; readonly tokenClass: TokenClass };

/** Private-use characters, which no template contains. Parts of one call, or of one tool, are joined, with everything between them. */
const OPENING: Readonly<Record<string, { readonly tokenClass: TokenClass; readonly isJoined: boolean }>> = {
  '\uE000': { tokenClass: 'prompt', isJoined: false },
  '\uE001': { tokenClass: 'reasoning', isJoined: false },
  '\uE002': { tokenClass: 'answer', isJoined: false },
  '\uE003': { tokenClass: 'answer', isJoined: true },
  '\uE004': { tokenClass: 'answer', isJoined: true },
  '\uE005': { tokenClass: 'prompt', isJoined: true },
  '\uE006': { tokenClass: 'prompt', isJoined: true },
};
const [PROMPT, REASONING, ANSWER] = ['\uE000', '\uE001', '\uE002'] as const;
/** Used alternately, to distinguish neighbours. */
const CALLS = ['\uE003', '\uE004'] as const;
const TOOLS = ['\uE005', '\uE006'] as const;
const CLOSING = '\uE00F';
const MARKS = /[\uE000-\uE00F]/;

/** Keys of a tool whose values are text; a template may check the values of others. */
const SAID_BY_TOOLS: ReadonlySet<string> = new Set(['name', 'description']);

/**
 * The chat with marks around its texts. They are placed inside the surrounding white space, so that templates trim as usual.
 * @param withTools also marks tool calls, and the tools themselves: some templates then write something else
 * @returns null: the chat itself contains such marks
 */
export function markedChat(chat: ChatContent, withTools: boolean): ChatContent | null {
  if (MARKS.test(JSON.stringify(chat))) return null;
  const { tools } = chat;
  return {
    ...chat,
    messages: chat.messages.map((message) => markedMessage(message, withTools)),
    ...(withTools &&
      tools !== undefined && {
        tools: tools.map((tool, i) => markedTexts(tool, TOOLS[i % 2]!, (key) => SAID_BY_TOOLS.has(key))),
      }),
  };
}

function markedMessage(message: ChatMessage, withTools: boolean): ChatMessage {
  const { role, content, reasoning_content: apart, tool_calls: calls } = message;
  if (role !== 'assistant') return { ...message, content: marked(content, PROMPT) };
  return {
    ...message,
    content: markedAnswer(message),
    ...(apart !== undefined && { reasoning_content: marked(apart, REASONING) }),
    ...(withTools &&
      calls !== undefined && {
        tool_calls: calls.map((call, i) =>
          markedTexts(withParsedArguments(call), CALLS[i % 2]!, (key) => key !== 'type'),
        ),
      }),
  };
}

/** The text of an answer; reasoning in it is marked as reasoning. */
function markedAnswer(message: ChatMessage): string {
  const { content } = message;
  const reasoned = message.reasoning_content === undefined ? reasonedAnswer(message) : null;
  const end = content.indexOf('</think>');
  if (reasoned === null || end < 0) return marked(content, ANSWER);
  const start = content.lastIndexOf(reasoned.reasoning, end);
  const after = start + reasoned.reasoning.length;
  return `${content.slice(0, start)}${marked(reasoned.reasoning, REASONING)}${content.slice(after, end)}</think>${marked(content.slice(end + '</think>'.length), ANSWER)}`;
}

function marked(text: string, opening: string): string {
  const said = text.trim();
  if (said === '') return text;
  const start = text.indexOf(said);
  return `${text.slice(0, start)}${opening}${said}${CLOSING}${text.slice(start + said.length)}`;
}

function markedTexts<T>(value: T, opening: string, isSaid: (key: string) => boolean, key = ''): T {
  if (typeof value === 'string') return (isSaid(key) ? marked(value, opening) : value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => markedTexts(item, opening, isSaid, key)) as T;
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, markedTexts(item, opening, isSaid, name)]);
  return Object.fromEntries(entries) as T;
}

/**
 * Removes the marks from a rendered text.
 * @returns the text without marks, and the spans that were marked, ascending; null: a template separated marks that belong together
 */
export function readMarks(markedText: string): { readonly text: string; readonly spans: readonly ClassSpan[] } | null {
  let text = '';
  let open: { readonly mark: string; readonly start: number } | null = null;
  const spans: (ClassSpan & { readonly mark: string })[] = [];
  for (const part of markedText.split(/([\uE000-\uE00F])/)) {
    const opening = OPENING[part];
    if (opening) {
      if (open) return null;
      open = { mark: part, start: text.length };
    } else if (part === CLOSING) {
      if (!open) return null;
      const { mark, start } = open;
      const { tokenClass, isJoined } = OPENING[mark]!;
      const before = spans.at(-1);
      if (isJoined && before?.mark === mark) spans[spans.length - 1] = { ...before, end: text.length };
      else spans.push({ start, end: text.length, tokenClass, mark });
      open = null;
    } else {
      text += part;
    }
  }
  if (open) return null;
  return {
    text,
    spans: spans.map(({ mark, ...span }) => (OPENING[mark]!.isJoined ? wholeObject(text, span) : span)),
  };
}

/** The span of a call, extended to the braces and quotes around it if it is written as JSON. */
function wholeObject(text: string, span: ClassSpan): ClassSpan {
  const before =
    /\{[^{}<>\n]*(?:\{[^{}<>\n]*)?$/.exec(text.slice(Math.max(0, span.start - 200), span.start))?.[0] ?? '';
  const after = /^["'\]}\s]*["'\]}]/.exec(text.slice(span.end, span.end + 50))?.[0] ?? '';
  return { ...span, start: span.start - before.length, end: span.end + after.length };
}
