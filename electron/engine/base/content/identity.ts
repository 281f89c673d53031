// The identity of a demo's content: one hash for one content, whatever file or key order it came in, and what counts as the same.
import { createHash } from 'node:crypto';
import type { DemoContent } from '../../../contract/demo.ts';
import { hashJson } from '../files/canonical-json.ts';
import { ownText } from './documents.ts';

/** `hashJson` of the content. */
export function hashDemo(content: DemoContent): string {
  return hashJson(content);
}

/**
 * The hashes under which a content counts as the same. They cover the content as it is; a text without the white space around
 * it, or with one line break after it; a chat without its last answer; and what it says and asks, regardless of case, white
 * space and system message.
 */
export function identitiesOf({ cutOff: _cutOff, ...content }: DemoContent): string[] {
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
