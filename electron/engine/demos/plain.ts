// Turns the values that columnar readers return (typed arrays, vectors, 64-bit integers) into plain JSON values.
import { inEnglish, msg, type Sentence } from '../../contract/sentences.ts';
import { MAX_NESTING, MAX_ROW_VALUES } from './limits.ts';

/** Why a row gives no demo. Thrown only inside the normaliser; `rowToContent` turns it into a reason. */
export class Unusable extends Error {
  readonly reason: Sentence;

  constructor(reason: Sentence) {
    super(inEnglish(reason));
    this.reason = reason;
  }
}

type WithToJson = { toJSON(): unknown };

function hasToJson(value: object): value is WithToJson {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/**
 * A deep copy of `value`, made of null, booleans, numbers, strings, arrays and plain objects. Integers beyond 2^53
 * become decimal strings.
 *
 * @throws Unusable when the value is nested deeper than MAX_NESTING, or holds more than MAX_ROW_VALUES others.
 */
export function toPlain(value: unknown): unknown {
  return copied(value, 0, { left: MAX_ROW_VALUES });
}

function copied(value: unknown, depth: number, values: { left: number }): unknown {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
  }
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (depth >= MAX_NESTING) throw new Unusable(msg('nestedTooDeep', { levels: MAX_NESTING }));
  // before anything is copied, because a corrupt vector may claim any length
  values.left -= countItems(value);
  if (values.left < 0) throw new Unusable(msg('tooManyValues', { values: MAX_ROW_VALUES }));
  if (Array.isArray(value)) return value.map((item) => copied(item, depth + 1, values));
  if (ArrayBuffer.isView(value)) {
    if (value instanceof DataView) return null;
    return Array.from(value as unknown as ArrayLike<number | bigint>, (item) => copied(item, depth + 1, values));
  }
  // Arrow's vectors and struct rows, and dates.
  if (hasToJson(value)) return copied(value.toJSON(), depth + 1, values);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copied(member, depth + 1, values)]));
}

/** The number of items in a list, vector or map; 1 for anything else, such as a row with a field of such a name. */
function countItems(value: object): number {
  if (!Array.isArray(value) && !ArrayBuffer.isView(value) && !hasToJson(value)) return 1;
  const { length, size } = value as { readonly length?: unknown; readonly size?: unknown };
  return Math.max(1, Number(length ?? size ?? 1));
}

/** Characters of all texts together, plus one for each other value. */
export function sizeChars(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, member) => sum + sizeChars(member), 1);
}

/** Whether a value is an object other than an array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is null, white space, or an empty list: a column that a row leaves out. */
export function isBlank(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    (typeof value === 'string' && value.trim() === '') ||
    (Array.isArray(value) && value.length === 0)
  );
}

/** How a reason describes a value: "empty", "text", "a number", "a list", "an object". */
export function describe(value: unknown): Sentence {
  if (isBlank(value)) return msg('kindEmpty');
  if (typeof value === 'string') return msg('kindText');
  if (Array.isArray(value)) return msg('kindList');
  if (typeof value === 'object') return msg('kindObject');
  return typeof value === 'boolean' ? msg('kindBoolean') : msg('kindNumber');
}

/** Members by name, ignoring case and reading spaces as underscores; of two, the first is used. */
export function byFoldedName(record: Record<string, unknown>): Map<string, unknown> {
  const folded = new Map<string, unknown>();
  for (const [name, value] of Object.entries(record)) {
    const key = foldName(name);
    if (!folded.has(key)) folded.set(key, value);
  }
  return folded;
}

/** Names of columns and roles in one form: "Tool Calls" → "tool_calls". */
export function foldName(name: string): string {
  return name.trim().toLowerCase().replaceAll(' ', '_');
}
