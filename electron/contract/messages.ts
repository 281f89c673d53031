// The envelopes of the conversation between page and engine. Both sides parse what they receive with these schemas. The
// page's messages travel as JSON text: hosts can check its size before reading it, and it cannot hold what cloned
// values can, such as members that share or contain each other.
import { z } from 'zod';
import { CALL_NAMES, EVENT_NAMES } from './api.ts';
import { errorDataSchema } from './api/common.ts';
import { WinnowError } from './errors.ts';
import { msg } from './sentences.ts';

/** The longest message of a page, in characters: the longest chat text with every character escaped. */
export const MAX_PAGE_MESSAGE_CHARS = 8 << 20;
/** The most values in a message, including members. Any of them may be wrong, and zod keeps about a kilobyte for each wrong one. */
const MAX_PAGE_MESSAGE_VALUES = 250_000;
/** The deepest nesting in a message. The page's own messages have fewer than ten levels, and schemas are walked recursively. */
const MAX_PAGE_MESSAGE_DEPTH = 64;

/** A message that hosts pass on without reading it. */
export const pageTextSchema = z.string().max(MAX_PAGE_MESSAGE_CHARS);

const pageMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), id: z.int().nonnegative(), name: z.enum(CALL_NAMES), params: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id: z.int().nonnegative() }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

/** Writes a message as text. @throws WinnowError USAGE: it is larger than the limit */
export function encodePageMessage(message: PageMessage): string {
  const text = JSON.stringify(message);
  const excess =
    text.length > MAX_PAGE_MESSAGE_CHARS ? `more than ${MAX_PAGE_MESSAGE_CHARS} characters` : findExcess(message);
  if (excess !== null) throw new WinnowError('USAGE', msg('requestTooLarge', { excess }));
  return text;
}

/** Reads a message. @throws WinnowError USAGE: it is not a valid one */
export function decodePageMessage(raw: unknown): PageMessage {
  const text = pageTextSchema.safeParse(raw);
  if (!text.success) throw noMessage(describeIssues(text.error));
  let value: unknown;
  try {
    value = JSON.parse(text.data);
  } catch {
    throw noMessage('It is not JSON.');
  }
  const excess = findExcess(value);
  if (excess !== null) throw noMessage(`It has ${excess}.`);
  const message = pageMessageSchema.safeParse(value);
  if (!message.success) throw noMessage(describeIssues(message.error));
  return message.data;
}

function noMessage(why: string): WinnowError {
  return new WinnowError('USAGE', msg('pageMessageUnknown', { why }));
}

/** Returns which limit a message exceeds; null: none. A loop is not detected as such, but exceeds the depth. */
function findExcess(message: unknown): string | null {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value: message, depth: 0 }];
  let values = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    values++;
    if (values > MAX_PAGE_MESSAGE_VALUES) return `more than ${MAX_PAGE_MESSAGE_VALUES} values`;
    if (typeof next.value !== 'object' || next.value === null) continue;
    const depth = next.depth + 1;
    if (depth > MAX_PAGE_MESSAGE_DEPTH) return `more than ${MAX_PAGE_MESSAGE_DEPTH} values within each other`;
    for (const value of Object.values(next.value)) waiting.push({ value, depth });
  }
  return null;
}

/** The number of issues to mention: a list may hold a hundred thousand wrong values. */
const TOLD_ISSUES = 5;

/** Describes the issues for people, no longer than anyone reads. */
export function describeIssues({ issues }: z.ZodError): string {
  return z.prettifyError({ issues: issues.slice(0, TOLD_ISSUES) });
}

export const engineMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('result'), id: z.int(), value: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.int(), error: errorDataSchema }),
  z.object({ kind: z.literal('event'), name: z.enum(EVENT_NAMES), payload: z.unknown() }),
  /** The engine cannot go on: every waiting and future call fails with this error. */
  z.object({ kind: z.literal('fatal'), error: errorDataSchema }),
  /** A new engine replaced the old one: calls that were waiting are lost, new calls work. */
  z.object({ kind: z.literal('restarted') }),
]);
export type EngineMessage = z.infer<typeof engineMessageSchema>;
