// Which tokens of a demo are of an answer: what the assistant writes, including its reasoning and its tool calls. A text counts as
// one.
import type { ChatContent, DemoContent } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { Backend } from '../base/backend/backend.ts';
import { markedChat, readMarks, type Span } from './marked-chat.ts';
import { reasonedAnswer } from './reasoning.ts';
import type { ChatTemplate } from './chat-template.ts';
import { rendererBeside } from './chat-renderer.ts';
import { renderDemo, type TemplateRunner } from './render.ts';
import { readTokenPieces } from './token-pieces.ts';

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
  const spans = await answersOf(content, pieces.join(''), { template, renderer: rendererBeside(backend) });
  const answers = Uint8Array.from(placesOf(pieces), (place) => Number(isWithin(place, spans ?? [])));
  answers.fill(0, 0, 1);
  return { answers, isTold: spans !== null };
}

/** The place of each piece in the text; a piece without characters of its own shares the place of the next one. */
function placesOf(pieces: readonly string[]): Span[] {
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
async function answersOf(content: DemoContent, seen: string, by: Rendering): Promise<readonly Span[] | null> {
  if (content.kind === 'text') {
    const at = placeOf(content.text, seen) ?? 0;
    return [{ start: at, end: at + content.text.length }];
  }
  return (await answersByMarks(content, seen, by)) ?? answersBySearch(content, seen);
}

/** Renders the chat once more with marks in it: exact, if the template writes the same text around them. */
async function answersByMarks(chat: ChatContent, seen: string, by: Rendering): Promise<readonly Span[] | null> {
  const text = await rendered(chat, by);
  const at = text === null ? null : placeOf(text, seen);
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
function placeOf(text: string, seen: string): number | null {
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
