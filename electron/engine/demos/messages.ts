// Reads a conversation in any of its usual notations (OpenAI, ShareGPT) into chat messages.
import type { ChatMessage } from '../../contract/demo.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import { describe, isBlank, isRecord, toPlain, Unusable } from './plain.ts';

/** Roles as chat templates know them, with the names that files use. */
const NAMES_OF_ROLES: Readonly<Record<string, readonly string[]>> = {
  system: ['system', 'developer'],
  user: ['user', 'human', 'prompter'],
  assistant: ['assistant', 'gpt', 'chatgpt', 'bot', 'model', 'ai', 'function_call', 'tool_call'],
  tool: ['tool', 'function', 'observation', 'function_response', 'tool_response'],
};
const ROLES: ReadonlyMap<string, string> = new Map(
  Object.entries(NAMES_OF_ROLES).flatMap(([role, names]) => names.map((name) => [name, role])),
);

const ROLE_KEYS = ['role', 'from'];
const CONTENT_KEYS = ['content', 'value', 'text'];
const REASONING_KEYS = ['reasoning_content', 'reasoning', 'thinking'];
const CALL_KEYS = ['tool_calls', 'function_call'];
/** Keys without content: they name someone, or identify the message. */
const SILENT_KEYS = ['name', 'tool_call_id', 'call_id', 'id', 'index', 'type', 'timestamp', 'create_time', 'model'];

/** Notes what a row holds and a demo does not, as the end of "demos hold …". */
type TakeDown = (what: Sentence) => void;

function firstFilled(record: Record<string, unknown>, keys: readonly string[]): unknown {
  return keys.map((key) => record[key]).find((value) => !isBlank(value));
}

/**
 * A list, even if a file holds it as a JSON string (as CSV cells do); null: it is not a list.
 * @throws Unusable if the string holds more than a row may
 */
export function asList(value: unknown): unknown[] | null {
  if (Array.isArray(value)) return value as unknown[];
  if (typeof value === 'string' && value.trimStart().startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(value);
      return Array.isArray(parsed) ? (toPlain(parsed) as unknown[]) : null;
    } catch (error) {
      if (error instanceof Unusable) throw error;
      return null;
    }
  }
  return isRecord(value) ? zipColumns(value) : null;
}

/**
 * Tool calls, or tools: a list of them, or a single one, even as JSON text.
 * @throws Unusable as asList
 */
export function asCalls(value: unknown): unknown[] | null {
  const isText = typeof value === 'string' && value.trimStart().startsWith('{');
  const plain = isText ? (asList(`[${value}]`)?.[0] ?? value) : value;
  const isOne = isRecord(plain) && (typeof plain['name'] === 'string' || isRecord(plain['function']));
  return isOne ? [plain] : asList(plain);
}

/** `{from: [a, b], value: [c, d]}`, as `datasets` stores a sequence of structs → `[{from: a, value: c}, …]`. */
function zipColumns(columns: Record<string, unknown>): unknown[] | null {
  const entries = Object.entries(columns).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  const length = entries[0]?.[1].length ?? 0;
  if (length === 0 || entries.some(([, items]) => items.length !== length)) return null;
  return Array.from({ length }, (_, i) => Object.fromEntries(entries.map(([key, items]) => [key, items[i]])));
}

/** Whether an object states who speaks, and what. */
export function isMessage(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof firstFilled(value, ROLE_KEYS) === 'string' &&
    [...CONTENT_KEYS, ...CALL_KEYS].some((key) => key in value)
  );
}

/** The text of a message: a string, or a list of strings and `{type: 'text', text}` parts, joined. */
export function contentText(content: unknown, place: Sentence): string {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) throw new Unusable(msg('contentOfKind', { place, kind: describe(content) }));
  return content
    .map((part) => {
      if (typeof part === 'string') return part;
      if (isRecord(part) && typeof part['text'] === 'string') return part['text'];
      const kind = isRecord(part) && typeof part['type'] === 'string' ? `"${part['type']}"` : describe(part);
      throw new Unusable(msg('partOfKind', { place, kind }));
    })
    .join('');
}

function toMessage(value: unknown, place: Sentence, takeDown: TakeDown): ChatMessage {
  if (!isRecord(value)) throw new Unusable(msg('messageOfKind', { place, kind: describe(value) }));
  const writtenRole = firstFilled(value, ROLE_KEYS);
  if (typeof writtenRole !== 'string') throw new Unusable(msg('messageWithoutRole', { place }));
  const role = ROLES.get(writtenRole.trim().toLowerCase());
  if (role === undefined) {
    throw new Unusable(msg('roleUnknown', { place, role: writtenRole, roles: [...ROLES.keys()].join(', ') }));
  }
  const contentKey = CONTENT_KEYS.find((candidate) => !isBlank(value[candidate]));
  const calls = readCalls(value);
  const reasoning = firstFilled(value, REASONING_KEYS);
  const read = [
    ...(contentKey === undefined ? [] : [contentKey]),
    ...(calls === null ? [] : CALL_KEYS),
    ...(typeof reasoning === 'string' ? REASONING_KEYS.filter((key) => value[key] === reasoning) : []),
  ];
  for (const key of sayingKeys(value)) if (!read.includes(key)) takeDown(msg('leftKey', { key }));
  const message = {
    role,
    content: contentKey === undefined ? '' : contentText(value[contentKey], place),
    ...(calls !== null && { tool_calls: calls }),
    ...(typeof reasoning === 'string' && { reasoning_content: reasoning }),
  };
  if (role === 'assistant' && isBlank(message.content) && calls === null && typeof reasoning !== 'string') {
    takeDown(msg('leftEmptyAnswer'));
  }
  return message;
}

/** The tool calls of a message, also in the older notation of one call without a list; null: none, or none that can be read. */
function readCalls(message: Record<string, unknown>): unknown[] | null {
  const calls = asCalls(message['tool_calls']);
  if (calls !== null && calls.length > 0) return calls;
  const [call] = asCalls(message['function_call']) ?? [];
  return call === undefined ? null : [{ type: 'function', function: call }];
}

/** Keys that hold content of the message. */
function sayingKeys(message: Record<string, unknown>): string[] {
  return Object.entries(message).flatMap(([key, value]) => {
    const isSilent = ROLE_KEYS.includes(key) || SILENT_KEYS.includes(key) || isBlank(value);
    const says = typeof value === 'string' || (typeof value === 'object' && Object.keys(value ?? {}).length > 0);
    return !isSilent && says ? [key] : [];
  });
}

/**
 * @param column the list's name in a reason, e.g. "messages"
 * @throws Unusable naming the message (from 1) that cannot be read.
 */
export function toMessages(list: readonly unknown[], column: string, takeDown: TakeDown): ChatMessage[] {
  return list.map((item, i) => toMessage(item, msg('messageAt', { column, number: i + 1 }), takeDown));
}
