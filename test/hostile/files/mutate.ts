// Damage to any file, whatever its format: to its bytes, and to one place of the document or structure that it holds.
import type { Random } from '../random.ts';

/** What text formats and their readers stumble over, as bytes alone hardly ever become it. */
const TOKENS: readonly Buffer[] = [
  ...['\ufeff', '\u2028', '\0', '\r', '\r\n', '\t', '"', "'", '\\', ',', ';', '|'],
  ...['\n\n', '""', '{}', '[]', 'null', '-0', '1e999', '1'.repeat(400), 'n'.repeat(50_000)],
  ...['"\\ud800"', '"\\u0000"', '"__proto__":', '"messages":', '"text":', '"tool_calls":'],
  ...['=1+1', '+cmd|/C calc', '@SUM(A1)'],
  ...['['.repeat(20_000), '[1'.repeat(101), '{"a":'.repeat(3000), ']'.repeat(101), 'c,'.repeat(30_000)],
]
  .map((text) => Buffer.from(text))
  // broken UTF-8, and the mark of UTF-16
  .concat(['ff', 'c3', 'e282', 'eda080', 'c080', 'f4908080', 'fffe'].map((hex) => Buffer.from(hex, 'hex')));

const NOTHING = Buffer.alloc(0);
/** What takes the place of how many bytes at `at`. */
type Splice = (random: Random, bytes: Buffer, at: number) => readonly [removed: number, inserted: Buffer];

const SPLICES: readonly Splice[] = [
  // a bit flipped, a byte or a number overwritten
  (random, bytes, at) => [1, Buffer.of((bytes[at] ?? 0) ^ (1 << random.below(8)))],
  (random) => [1, Buffer.of(random.pick([0, 0xff, 0x7f, 0x80, 0x0a, 0x22, 0x2c, 0x5b, random.below(256)]))],
  (random) => {
    const number = Buffer.from(BigUint64Array.of(random.edge()).buffer, 0, random.pick([2, 4, 8]));
    return [number.length, number];
  },
  // all that follows or a piece cut off, another put in
  (_, bytes) => [bytes.length, NOTHING],
  (random) => [random.between(1, 64), NOTHING],
  (random) => {
    const length = random.between(1, 16);
    return [0, random.once(2) ? random.bytes(length) : Buffer.alloc(length, random.pick([0, 0x20, 0x5b, 0xff]))];
  },
  (random) => [random.once(2) ? random.below(8) : 0, random.pick(TOKENS)],
  // a piece repeated, or moved from elsewhere
  (random, bytes, at) => {
    const piece = bytes.subarray(at, at + random.between(1, 256));
    return [0, Buffer.concat(new Array<Buffer>(random.between(1, 8)).fill(piece))];
  },
  (random, bytes) => {
    const from = offset(bytes, random);
    const piece = bytes.subarray(from, from + random.between(1, 128));
    return [random.once(2) ? piece.length : 0, piece];
  },
];

/** Oftener at the beginning of the file, where headers lie, or where it begins. */
function offset(bytes: Buffer, random: Random): number {
  if (random.once(16)) return 0;
  return random.below(random.once(2) ? bytes.length : Math.min(bytes.length, 512));
}

/** The bytes after one to four such accidents. */
export function mutateBytes(bytes: Buffer, random: Random): Buffer {
  let mutated = bytes;
  for (let left = random.once(2) ? 1 : random.between(2, 4); left > 0 && mutated.length > 0; left--) {
    const at = offset(mutated, random);
    const [removed, inserted] = random.pick(SPLICES)(random, mutated, at);
    mutated = Buffer.concat([mutated.subarray(0, at), inserted, mutated.subarray(at + removed)]);
  }
  return mutated;
}

type Members = Record<string | number, unknown>;
/** A member of an object, or an element of a list. */
type Place = { readonly of: Members | unknown[]; readonly key: string | number };

function keysOf(value: unknown): (string | number)[] {
  if (Array.isArray(value)) return [...value.keys()];
  return typeof value === 'object' && value !== null && !Buffer.isBuffer(value) ? Object.keys(value) : [];
}

/** A place in a document that is not empty: of each list or object on the way, any member is as likely as the others. */
function placeIn(document: object, random: Random): Place {
  let of = document as Members;
  for (;;) {
    const key = random.pick(keysOf(of));
    const value = of[key];
    if (keysOf(value).length === 0 || random.once(4)) return { of, key };
    of = value as Members;
  }
}

/**
 * Changes one place of a document: an element of a list is lost or doubled, or anything becomes something else.
 * @param other puts something else there
 * @param copies how many there may be of an element then
 * @returns the name of the place
 */
export function mutateTree(
  document: object,
  random: Random,
  other: (value: unknown, random: Random, name: string) => unknown,
  copies: readonly number[] = [0, 2],
): string {
  const { of, key } = placeIn(document, random);
  const value = (of as Members)[key];
  if (Array.isArray(of) && random.once(2))
    of.splice(Number(key), 1, ...Array.from({ length: random.pick(copies) }, () => value));
  else (of as Members)[key] = other(value, random, String(key));
  return String(key);
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

const JSON_VALUES: readonly unknown[] = [
  ...[null, true, '', 'text', '../../../../etc/passwd', '\ud800', 'x'.repeat(100_000), [], {}],
  ...[-1, 0, 1.5, 1e308, Number.MAX_SAFE_INTEGER],
];
const MADE_JSON_VALUES: readonly ((random: Random) => unknown)[] = [
  (random) => Number(BigInt.asIntN(64, random.edge())),
  (random) => random.below(300),
  (random) => nested(random.pick([3, 200, 900, 3000])),
  (random) => Array.from({ length: random.pick([1, 8, 1000]) }, () => random.below(9)),
];

/** A value of JSON, or none: an object is then without the member. */
function otherJson(value: unknown, random: Random): unknown {
  if (random.once(4)) return undefined;
  if (keysOf(value).length > 0 && !Array.isArray(value) && random.once(3))
    return { ...(value as object), [random.pick(['__proto__', 'constructor', 'extra', ''])]: value };
  return random.once(4) ? random.pick(MADE_JSON_VALUES)(random) : structuredClone(random.pick(JSON_VALUES));
}

/** @returns JSON text with one to three changes */
export function mutateJson(document: unknown, random: Random): string {
  const copy: { document?: unknown } = { document: structuredClone(document) };
  for (let left = random.once(3) ? random.between(2, 3) : 1; left > 0; left--) mutateTree(copy, random, otherJson);
  return JSON.stringify(copy.document ?? null);
}
