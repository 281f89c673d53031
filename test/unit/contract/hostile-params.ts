// What a page under somebody else's control may say: for every call of the contract parameters of its own shape, in
// which everything that can be chosen is chosen to do harm. A new call is covered by being there.
import { z } from 'zod';
import { calls, CALL_NAMES, type CallName } from '../../../electron/contract/api.ts';
import { Random } from '../../hostile/random.ts';

/** What an attacker knows or guesses. */
export type Loot = {
  /** Paths that must stay out of reach. */
  readonly paths: readonly string[];
  /** Real grants, each of some kind. */
  readonly grants: readonly string[];
  /** Ids of models in the library. */
  readonly modelIds: readonly string[];
};

type HostileCall = { readonly name: CallName; readonly params: unknown };

type Shape = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
  /** Names of the properties that must be there. */
  readonly required?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
};

/** Which of the choices of each kind is made: the same number makes the same parameters. */
type Dice = {
  next(sides: number): number;
  /** Keeps to the schema, so that it gets as far as the engine. */
  readonly isObedient: boolean;
};

function dice(seed: number, isObedient: boolean): Dice {
  const random = new Random(seed, 'params');
  return { isObedient, next: (sides) => random.below(sides) };
}

const NUMBERS = [0, 1, 2, 3, -1, 0.5, 8, 256, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -0];
const TEXTS = [
  '',
  '\0',
  '..',
  '__proto__',
  'constructor',
  '%2e%2e%2f',
  'a\u202Eb',
  '\uD800',
  "'; DROP TABLE demos; --",
  '${x}',
  'x'.repeat(100_000),
];
/** Endpoints of this machine, where nobody listens, and of others, which no page may name. */
const ENDPOINTS = ['127.0.0.1:9', 'localhost:9', '[::1]:9'];
const OTHER_ENDPOINTS = ['10.0.0.1:9', 'evil.example:9', '127.0.0.1.evil.example:9', '169.254.169.254:80'];
/** In place of a value of the right kind. */
const WRONG: readonly unknown[] = [
  null,
  true,
  'text',
  1,
  [],
  {},
  [[]],
  { toString: 1 },
  { __proto__: null },
  { length: 1e9 },
];

/** One time in so many a value is of another kind than it should be, where nothing is obeyed. */
const WRONG_EVERY = 12;

/** What takes something away comes last: the others would find nothing. */
const TAKES_AWAY = /delete|remove|undo/i;

/**
 * @param count of calls of each name, of which every other one keeps to the schema; others come before, that have
 *   nothing to do with it
 */
export function hostileCalls(loot: Loot, count: number, seed: number): HostileCall[] {
  const names = CALL_NAMES.toSorted((a, b) => Number(TAKES_AWAY.test(a)) - Number(TAKES_AWAY.test(b)));
  return names.flatMap((name, index) => {
    const shape = z.toJSONSchema(calls[name].params, { io: 'input', unrepresentable: 'any' }) as Shape;
    const takesNothing = Object.keys(shape.properties ?? {}).length === 0;
    const junk = WRONG.filter((value) => !takesNothing || !isPlainObject(value));
    const polluted: unknown = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );
    // what takes nothing is the same call every time
    const shaped = Array.from({ length: takesNothing ? 1 : count }, (_, i) =>
      valueOf(shape, loot, dice(seed + index * count + i, i % 2 === 0), ''),
    );
    return [...junk, polluted, ...shaped].map((params) => ({ name, params }));
  });
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function valueOf(shape: Shape, loot: Loot, chance: Dice, key: string): unknown {
  if (key !== '' && !chance.isObedient && chance.next(WRONG_EVERY) === 0) return pick(WRONG, chance);
  const choices = shape.anyOf ?? shape.oneOf;
  if (choices) return valueOf(pick(choices, chance), loot, chance, key);
  if (shape.const !== undefined) return shape.const;
  if (shape.enum) return pick(shape.enum, chance);
  switch (shape.type) {
    case 'object':
      return objectOf(shape, loot, chance);
    case 'array':
      return listOf(shape, loot, chance, key);
    case 'string':
      return textOf(shape, loot, chance, key);
    case 'integer':
    case 'number':
      return numberOf(shape, chance);
    case 'boolean':
      return chance.next(2) === 0;
    case 'null':
      return null;
    default:
      return pick([...WRONG, ...loot.paths], chance);
  }
}

function objectOf({ properties = {}, required = [] }: Shape, loot: Loot, chance: Dice): unknown {
  const there = Object.entries(properties).filter(([key]) => required.includes(key) || chance.next(2) === 0);
  const members = there.map(([key, shape]) => [key, valueOf(shape, loot, chance, key)] as const);
  const whole: Record<string, unknown> = Object.fromEntries(members);
  // names of other hosts, and of paths, that no call takes
  return chance.next(4) === 0 ? { ...whole, path: loot.paths[0], home: loot.paths[0], access: 'read' } : whole;
}

function listOf({ items = {}, minItems = 0 }: Shape, loot: Loot, chance: Dice, key: string): unknown[] {
  const lengths = chance.isObedient ? [minItems, minItems, minItems + 1] : [0, minItems, minItems + 1, 40];
  return Array.from({ length: pick(lengths, chance) }, () => valueOf(items, loot, chance, key));
}

/** Rows begin at 1: small numbers meet what is there. */
function numberOf(
  { type, minimum = -Infinity, exclusiveMinimum = -Infinity, maximum = Infinity, exclusiveMaximum = Infinity }: Shape,
  chance: Dice,
): number {
  const isTaken = (n: number): boolean =>
    n >= minimum &&
    n > exclusiveMinimum &&
    n <= maximum &&
    n < exclusiveMaximum &&
    (type === 'number' || Number.isSafeInteger(n));
  const numbers = chance.isObedient ? NUMBERS.filter(isTaken) : NUMBERS;
  const [small = 1] = chance.next(2) === 0 ? NUMBERS.filter((n) => n > 0 && isTaken(n)) : [];
  if (numbers.length === 0) return Number.isFinite(minimum) ? minimum : small;
  return chance.next(2) === 0 && (!chance.isObedient || isTaken(small)) ? small : pick(numbers, chance);
}

function textOf(
  { pattern, minLength = 0, maxLength = Infinity }: Shape,
  loot: Loot,
  chance: Dice,
  key: string,
): string {
  const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength;
  const isKept = chance.isObedient || chance.next(4) > 0;
  if (pattern !== undefined && isKept) {
    const known = [...loot.modelIds, '0123456789abcdef', 'owner/name'];
    const fitting = known.filter((text) => new RegExp(pattern).test(text));
    return pick(fitting.length > 0 ? fitting : known, chance);
  }
  if (/grant|target|imatrix/i.test(key) && isKept) {
    const known = [...loot.grants, ...loot.paths];
    return pick(chance.isObedient ? known.filter(fits) : known, chance);
  }
  if (key === 'endpoint' && isKept) return pick([...ENDPOINTS, ...(chance.isObedient ? [] : OTHER_ENDPOINTS)], chance);
  const paths = loot.paths.flatMap((path) => [path, `file://${path}`, `../../../../../..${path}`, `${path}\0.gguf`]);
  const texts = [...paths, ...paths, ...TEXTS, ...loot.grants];
  return pick(chance.isObedient ? texts.filter(fits) : texts, chance);
}

function pick<T>(list: readonly T[], chance: Dice): T {
  return list[chance.next(list.length)] as T;
}
