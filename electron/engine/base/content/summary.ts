// What a list shows of a demo, so that it need not read the content.
import type { DemoContent } from '../../../contract/demo.ts';

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
  const spoken = messages.filter((message) => message.content.trim() !== '');
  const first = spoken.find(({ role }) => role === 'user') ?? spoken[0];
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
