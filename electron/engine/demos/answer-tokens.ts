// Which tokens of a demo are of an answer: what the assistant writes, including its reasoning and its tool calls. A text counts as
// one.
import type { ChatContent, DemoContent, ChatMessage } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { Backend } from '../base/backend/backend.ts';
import { reasonedAnswer, type ChatTemplate, withParsedArguments } from './template-messages.ts';
import { rendererBeside, renderDemo, type TemplateRunner } from './chat-renderer.ts';
import { readTokenPieces } from './tokenize.ts';
import { isRecord } from './plain.ts';

/** Characters that tokenizers may add before a text: a mark of the beginning, a space. */
const ADDED = 64;

/** How many characters of a part are enough to find its beginning. */
const BEGINNING = 32;

/**
 * Marks the tokens of answers. A token across a border is of the part that holds most of its characters; position 0 is of none.
 * @param tokens of the demo, all or the first of them
 * @param backend with the model's vocabulary loaded
 * @returns 1 for each token of an answer, 0 for others; isTold: false if the parts could not be found, and all are 0
 */
export async function answerTokens(
  content: DemoContent,
  tokens: Int32Array,
  template: ChatTemplate,
  backend: Backend,
): Promise<{ readonly answers: Uint8Array; readonly isTold: boolean }> {
  const pieces = await readTokenPieces(tokens, backend);
  const spans = await findAnswers(content, pieces.join(''), { template, renderer: rendererBeside(backend) });
  const answers = Uint8Array.from(pieceSpans(pieces), (place) => Number(isWithin(place, spans ?? [])));
  answers.fill(0, 0, 1);
  return { answers, isTold: spans !== null };
}

/** The place of each piece in the text; a piece without characters of its own shares the place of the next one. */
function pieceSpans(pieces: readonly string[]): Span[] {
  let end = 0;
  return pieces.map((piece) => {
    const start = end;
    end += piece.length;
    return { start, end: Math.max(end, start + 1) };
  });
}

/** Demos have some dozen spans: searching all of them for each token is quick enough. */
function isWithin({ start, end }: Span, spans: readonly Span[]): boolean {
  return spans.some((span) => 2 * (Math.min(end, span.end) - Math.max(start, span.start)) >= end - start);
}

type Rendering = { readonly template: ChatTemplate; readonly renderer: TemplateRunner };

/** The spans of a demo's answers; null: they could not be found. @param seen the tokens' text */
async function findAnswers(content: DemoContent, seen: string, by: Rendering): Promise<readonly Span[] | null> {
  if (content.kind === 'text') {
    const at = findStart(content.text, seen) ?? 0;
    return [{ start: at, end: at + content.text.length }];
  }
  return (await answersByMarks(content, seen, by)) ?? answersBySearch(content, seen);
}

/** Renders the chat once more with marks in it: exact, if the template writes the same text around them. */
async function answersByMarks(chat: ChatContent, seen: string, by: Rendering): Promise<readonly Span[] | null> {
  const text = await rendered(chat, by);
  const at = text === null ? null : findStart(text, seen);
  if (at === null) return null;
  for (const withCalls of [true, false]) {
    const marked = markedChat(chat, withCalls);
    const read = marked && readMarks((await rendered(marked, by)) ?? '');
    if (read?.text === text) return read.spans.map(({ start, end }) => ({ start: at + start, end: at + end }));
  }
  return null;
}

async function rendered(content: DemoContent, { template, renderer }: Rendering): Promise<string | null> {
  try {
    return (await renderDemo(content, template, renderer)).text;
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'DEMO_FORMAT') return null;
    throw error;
  }
}

/** Where a text begins in the tokens' text, which may be cut; null: the tokens say something else. */
function findStart(text: string, seen: string): number | null {
  for (let at = 0; at <= Math.min(ADDED, seen.length); at++) {
    if (seen.length > at && text.startsWith(seen.slice(at, at + text.length))) return at;
  }
  return null;
}

/** Searches the tokens' text for the messages' texts, one after the other. */
function answersBySearch({ messages }: ChatContent, seen: string): Span[] | null {
  const parts = messages.flatMap((message) => {
    if (message.role !== 'assistant') return [{ text: message.content, isAnswer: false }];
    const { reasoning = '', answer = message.content } = reasonedAnswer(message) ?? {};
    return [reasoning, answer].map((text) => ({ text, isAnswer: true }));
  });
  const spans: Span[] = [];
  let from = 0;
  for (const { text, isAnswer } of parts) {
    const said = text.trim();
    const start = seen.indexOf(said.slice(0, BEGINNING), from);
    if (start < 0) {
      // the demo was cut before this part begins
      if (seen.length - from > BEGINNING) return null;
      break;
    }
    const end = Math.min(seen.length, start + said.length);
    if (!said.startsWith(seen.slice(start, end))) return null;
    if (isAnswer && said !== '') spans.push({ start, end });
    from = end;
  }
  return spans;
}

/** A part of a text, in UTF-16 units. */
type Span = { readonly start: number; readonly end: number };

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
function markedChat(chat: ChatContent, withCalls: boolean): ChatContent | null {
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
function readMarks(markedText: string): { readonly text: string; readonly spans: readonly Span[] } | null {
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
