// Demos, and texts that models are measured on, a single one or several documents together: what they say, what a
// list shows of them, and which count as the same.
import { z } from 'zod';
import { demoContentSchema, type ChatMessage, type DemoContent } from '../../../contract/demo.ts';
import { createHash } from 'node:crypto';
import { hashJson } from '../files/canonical-json.ts';

export const evaluationDocumentSchema = z.object({
  /** The name that people read: "held-out.jsonl:3". */
  id: z.string(),
  content: demoContentSchema,
});
export type EvaluationDocument = Readonly<z.infer<typeof evaluationDocumentSchema>>;

/** A text or a set of documents that is measured as one, with the name that people read. */
export type NamedText = {
  readonly name: string;
  readonly text: string | readonly EvaluationDocument[];
  /** Which chunks of a single text are read: those on which a search looks for the best, or those that confirm it; absent: all. */
  readonly half?: 'search' | 'confirm';
};

/** The documents of a text; a single text is its own only document. */
export function toDocuments({ name, text }: NamedText): readonly EvaluationDocument[] {
  return typeof text === 'string' ? [{ id: name, content: { kind: 'text', text } }] : text;
}

/** The text of a document, without roles or markup: a chat's messages, without tool calls. */
export function spokenText(content: DemoContent): string {
  return content.kind === 'text' ? content.text : joined(content.messages);
}

/** The same without system messages: what a chat is about, whatever it is told to be. */
export function ownText(content: DemoContent): string {
  return content.kind === 'text' ? content.text : joined(content.messages.filter(({ role }) => role !== 'system'));
}

function joined(messages: readonly ChatMessage[]): string {
  return messages.map((message) => message.content).join('\n');
}

/** `hashJson` of the content. */
export function hashDemo(content: DemoContent): string {
  return hashJson(content);
}

/**
 * The hashes under which a content counts as the same. They cover the content as it is; a text without the white space around
 * it, or with one line break after it; a chat without its last answer; and what it says and asks, regardless of case, white
 * space and system message.
 */
export function toIdentities({ cutOff: _cutOff, ...content }: DemoContent): string[] {
  if (content.kind === 'text') {
    const text = content.text.trim();
    const written = [...new Set([content.text, text, `${text}\n`])];
    return [...written.map((same) => hashDemo({ kind: 'text', text: same })), ...saidHash(content)];
  }
  const { messages } = content;
  const isAnswered = messages.length > 1 && messages.at(-1)?.role === 'assistant';
  return [content, ...(isAnswered ? [{ ...content, messages: messages.slice(0, -1) }] : [])].flatMap((same) => [
    hashDemo(same),
    ...saidHash(same),
  ]);
}

/** The hash of what a content says, as a list; empty if it says nothing. */
function saidHash(content: DemoContent): string[] {
  const said = ownText(content).normalize('NFKC').toLowerCase().replaceAll(/\s+/g, '');
  return said === '' ? [] : [createHash('sha256').update(`says ${said}`, 'utf8').digest('hex')];
}

const OPENING_CHARS = 200;

type ContentSummary = {
  readonly kind: DemoContent['kind'];
  /** Messages of a chat; 1 for a text. */
  readonly turns: number;
  /** Whether the last message of a chat is not the assistant's. */
  readonly promptOnly: boolean;
  /** The first line of the text, or of the user's first message. */
  readonly opening: string;
  /** Unicode characters of all messages together. */
  readonly chars: number;
};

/** The summary that lists show of a demo; `chars` counts code points. */
export function summarise(content: DemoContent): ContentSummary {
  if (content.kind === 'text') {
    const { text } = content;
    return { kind: 'text', turns: 1, promptOnly: false, opening: firstLine(text), chars: countChars(text) };
  }
  const { messages } = content;
  const withText = messages.filter((message) => message.content.trim() !== '');
  const first = withText.find(({ role }) => role === 'user') ?? withText[0];
  return {
    kind: 'chat',
    turns: messages.length,
    promptOnly: messages.at(-1)?.role !== 'assistant',
    opening: firstLine(first?.content ?? ''),
    chars: messages.reduce((sum, message) => sum + countChars(message.content), 0),
  };
}

function firstLine(text: string): string {
  const start = text.search(/\S/);
  if (start < 0) return '';
  const end = text.indexOf('\n', start);
  const line = text.slice(start, end < 0 ? undefined : end);
  // a character is at most two UTF-16 units
  return Array.from(line.slice(0, 2 * OPENING_CHARS))
    .slice(0, OPENING_CHARS)
    .join('')
    .trimEnd();
}

function countChars(text: string): number {
  let chars = text.length;
  for (const _pair of text.matchAll(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)) chars--;
  return chars;
}
