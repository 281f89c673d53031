// The envelopes of the conversation between page and engine. Both sides parse what they receive with these. What the
// page says travels as JSON text: it has a size that hosts can check before anything is read, and cannot hold what cloned
// values can, such as members that share or contain each other.
import { z } from 'zod';
import { CALL_NAMES, EVENT_NAMES } from './api.ts';
import { errorDataSchema } from './api/common.ts';
import { WinnowError } from './errors.ts';
import { say } from './sentences.ts';

/** Most characters of a page's message: a chat's longest text with each character written as an escape. */
export const MAX_PAGE_MESSAGE_CHARS = 8 << 20;
/** Values in it, members included. Every one of them may be wrong, and zod keeps a kilobyte about each that is. */
const MAX_PAGE_MESSAGE_VALUES = 250_000;
/** Values within each other in it. What pages say has less than ten levels, and schemas are walked by recursion. */
const MAX_PAGE_MESSAGE_DEPTH = 64;

/** What hosts pass on without reading it. */
export const pageTextSchema = z.string().max(MAX_PAGE_MESSAGE_CHARS);

const pageMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), id: z.int().nonnegative(), name: z.enum(CALL_NAMES), params: z.unknown() }),
  z.object({ kind: z.literal('cancel'), id: z.int().nonnegative() }),
]);
export type PageMessage = z.infer<typeof pageMessageSchema>;

/** @throws WinnowError USAGE: it is larger than what is taken */
export function encodePageMessage(message: PageMessage): string {
  const text = JSON.stringify(message);
  const excess =
    text.length > MAX_PAGE_MESSAGE_CHARS ? `more than ${MAX_PAGE_MESSAGE_CHARS} characters` : excessOf(message);
  if (excess !== null) throw new WinnowError('USAGE', say('requestTooLarge', { excess }));
  return text;
}

/** @throws WinnowError USAGE: it is none */
export function decodePageMessage(raw: unknown): PageMessage {
  const text = pageTextSchema.safeParse(raw);
  if (!text.success) throw noMessage(describeIssues(text.error));
  let value: unknown;
  try {
    value = JSON.parse(text.data);
  } catch {
    throw noMessage('It is no JSON.');
  }
  const excess = excessOf(value);
  if (excess !== null) throw noMessage(`It has ${excess}.`);
  const message = pageMessageSchema.safeParse(value);
  if (!message.success) throw noMessage(describeIssues(message.error));
  return message.data;
}

function noMessage(why: string): WinnowError {
  return new WinnowError('USAGE', say('pageMessageUnknown', { why }));
}

/** Ends of loops are not seen, but their depth is. */
function excessOf(message: unknown): string | null {
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

/** Issues that are told: a list may hold a wrong value a hundred thousand times. */
const TOLD_ISSUES = 5;

/** For people, and no longer than they read. */
export function describeIssues({ issues }: z.ZodError): string {
  return z.prettifyError({ issues: issues.slice(0, TOLD_ISSUES) });
}

export const engineMessageSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('result'), id: z.int(), value: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.int(), error: errorDataSchema }),
  z.object({ kind: z.literal('event'), name: z.enum(EVENT_NAMES), payload: z.unknown() }),
  /** The engine cannot go on: every call, waiting or to come, fails with this. */
  z.object({ kind: z.literal('fatal'), error: errorDataSchema }),
  /** A new engine took the old one's place: what was waiting is lost, calls work again. */
  z.object({ kind: z.literal('restarted') }),
]);
export type EngineMessage = z.infer<typeof engineMessageSchema>;
