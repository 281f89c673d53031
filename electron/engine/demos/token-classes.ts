// Which part of its demo each token belongs to: position 0, template, prompt, reasoning or answer.
import type { ChatContent, DemoContent } from '../../contract/demo.ts';
import { WinnowError } from '../../contract/errors.ts';
import { CLASSES_OF_CHOICE, TOKEN_CLASSES, type TokenClass } from '../../contract/token-classes.ts';
import type { Backend } from '../base/backend/backend.ts';
import { markedChat, readMarks, type ClassSpan } from './marked-chat.ts';
import { reasonedAnswer } from './reasoning.ts';
import type { ChatTemplate } from './chat-template.ts';
import { rendererBeside } from './chat-renderer.ts';
import { renderDemo, type TemplateRunner } from './render.ts';
import { readTokenPieces } from './token-pieces.ts';

/** Indices in TOKEN_CLASSES. */
const ANSWERS: ReadonlySet<number> = new Set(CLASSES_OF_CHOICE.answers.map((name) => TOKEN_CLASSES.indexOf(name)));

/** @returns 1 for each token of an answer, 0 for others @param classes each token's index in TOKEN_CLASSES */
export function isOfAnswer(classes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(classes, (tokenClass) => Number(ANSWERS.has(tokenClass)));
}

/** Characters that tokenizers may add before a text: a mark of the beginning, a space. */
const ADDED = 64;

/** How many characters of a part are enough to find its beginning. */
const BEGINNING = 32;

/**
 * Each token's class, as an index in TOKEN_CLASSES. A token across a border belongs to the part that holds most of its
 * characters.
 * @param tokens of the demo, all or the first of them, whether rendered or supplied with it
 * @param backend with the model's vocabulary loaded
 * @returns isTold: false if the parts could not be found; all tokens except position 0 then count as template
 */
export async function tokenClasses(
  content: DemoContent,
  tokens: Int32Array,
  template: ChatTemplate,
  backend: Backend,
): Promise<{ readonly classes: Uint8Array; readonly isTold: boolean }> {
  const pieces = await readTokenPieces(tokens, backend);
  const spans = await spansOf(content, pieces.join(''), { template, renderer: rendererBeside(backend) });
  const classes = Uint8Array.from(placesOf(pieces), (place) => TOKEN_CLASSES.indexOf(classAt(place, spans ?? [])));
  if (classes.length > 0) classes[0] = TOKEN_CLASSES.indexOf('first');
  return { classes, isTold: spans !== null };
}

type Place = { readonly start: number; readonly end: number };

/** The place of each piece in the text; a piece without characters of its own shares the place of the next one. */
function placesOf(pieces: readonly string[]): Place[] {
  let end = 0;
  return pieces.map((piece) => {
    const start = end;
    end += piece.length;
    return { start, end: Math.max(end, start + 1) };
  });
}

/** The class of a piece. Demos have some dozen spans: searching all of them for each token is quick enough. */
function classAt({ start, end }: Place, spans: readonly ClassSpan[]): TokenClass {
  const common = (span: ClassSpan): number => Math.min(end, span.end) - Math.max(start, span.start);
  return spans.find((span) => 2 * common(span) >= end - start)?.tokenClass ?? 'template';
}

type Rendering = { readonly template: ChatTemplate; readonly renderer: TemplateRunner };

/** The spans of a demo's parts; null: they could not be found. @param seen the tokens' text */
async function spansOf(content: DemoContent, seen: string, by: Rendering): Promise<readonly ClassSpan[] | null> {
  if (content.kind === 'text') {
    const at = placeOf(content.text, seen) ?? 0;
    return [{ start: at, end: at + content.text.length, tokenClass: 'answer' }];
  }
  return (await spansByMarks(content, seen, by)) ?? spansBySearch(content, seen);
}

/** Renders the chat once more with marks in it: exact, if the template writes the same text around them. */
async function spansByMarks(chat: ChatContent, seen: string, by: Rendering): Promise<readonly ClassSpan[] | null> {
  const text = await rendered(chat, by);
  const at = text === null ? null : placeOf(text, seen);
  if (at === null) return null;
  for (const withTools of [true, false]) {
    const marked = markedChat(chat, withTools);
    const read = marked && readMarks((await rendered(marked, by)) ?? '');
    if (read?.text === text) {
      return read.spans.map(({ start, end, tokenClass }) => ({ start: at + start, end: at + end, tokenClass }));
    }
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
function spansBySearch({ messages }: ChatContent, seen: string): ClassSpan[] | null {
  const parts = messages.flatMap((message): { readonly text: string; readonly tokenClass: TokenClass }[] => {
    if (message.role !== 'assistant') return [{ text: message.content, tokenClass: 'prompt' }];
    const reasoned = reasonedAnswer(message);
    return [
      { text: reasoned?.reasoning ?? '', tokenClass: 'reasoning' },
      { text: reasoned?.answer ?? message.content, tokenClass: 'answer' },
    ];
  });
  const spans: ClassSpan[] = [];
  let from = 0;
  for (const { text, tokenClass } of parts) {
    const said = text.trim();
    const start = seen.indexOf(said.slice(0, BEGINNING), from);
    if (start < 0) {
      // the demo was cut before this part begins
      if (seen.length - from > BEGINNING) return null;
      break;
    }
    const end = Math.min(seen.length, start + said.length);
    if (!said.startsWith(seen.slice(start, end))) return null;
    if (said !== '') spans.push({ start, end, tokenClass });
    from = end;
  }
  return spans;
}
