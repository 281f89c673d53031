// Damage to a JSON document that stays JSON: one value of it, or one name, is another.
import type { Random } from '../random.ts';

type Place = { readonly of: Record<string, unknown> | unknown[]; readonly key: string | number };

function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return found;
  const of = value as Record<string, unknown> | unknown[];
  for (const key of Array.isArray(of) ? of.keys() : Object.keys(of)) {
    found.push({ of, key });
    places((of as Record<string | number, unknown>)[key], found);
  }
  return found;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

const VALUES: readonly ((random: Random) => unknown)[] = [
  () => null,
  () => true,
  () => '',
  () => 'text',
  () => '../../../../etc/passwd',
  () => '\ud800',
  () => 'x'.repeat(100_000),
  () => [],
  () => ({}),
  () => -1,
  () => 0,
  () => 1.5,
  () => 1e308,
  () => Number.MAX_SAFE_INTEGER,
  (random) => Number(BigInt.asIntN(64, random.edge())),
  (random) => random.below(300),
  (random) => nested(random.pick([3, 200, 900, 3000])),
  (random) => Array.from({ length: random.pick([1, 8, 1000]) }, () => random.below(9)),
];

/** @returns JSON text with one to three changes */
export function mutateJson(document: unknown, random: Random): string {
  const copy: unknown = structuredClone(document);
  for (let left = random.once(3) ? random.between(2, 3) : 1; left > 0; left--) {
    const { of, key } = random.pick(places({ document: copy }));
    const members = of as Record<string | number, unknown>;
    switch (random.below(5)) {
      case 0:
        if (Array.isArray(of)) of.splice(Number(key), 1);
        else if (key !== 'document') Reflect.deleteProperty(of, key);
        break;
      case 1:
        if (Array.isArray(of)) of.splice(Number(key), 0, members[key]);
        else members[random.pick(['__proto__', 'constructor', 'extra', ''])] = members[key];
        break;
      default:
        members[key] = random.pick(VALUES)(random);
    }
    if (places({ document: copy }).length === 0) break;
  }
  return JSON.stringify(copy);
}
