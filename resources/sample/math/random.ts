// The seeded random source of the generated sample problems: the same seed gives the same problems on every machine.

const SHE = { he: 'she', him: 'her', his: 'her', He: 'She', His: 'Her' } as const;
const HE = { he: 'he', him: 'him', his: 'his', He: 'He', His: 'His' } as const;

export type Person = { readonly name: string } & (typeof SHE | typeof HE);

const WOMEN = [
  'Amara',
  'Birgit',
  'Chiara',
  'Divya',
  'Elena',
  'Freya',
  'Hana',
  'Ines',
  'Leila',
  'Marit',
  'Noemi',
  'Sunita',
];
const MEN = ['Anton', 'Bilal', 'Cesar', 'Dmitri', 'Emil', 'Goran', 'Hiroshi', 'Ivo', 'Kofi', 'Luca', 'Mateo', 'Tomas'];
const NUMBER_WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

export type Random = {
  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number;
  pick<T>(choices: readonly T[]): T;
  /** `count` different people. */
  people(count: number): Person[];
  shuffled<T>(items: readonly T[]): T[];
  /** A number up to ten as a digit or as a word, others as digits. */
  translate(n: number): string;
};

/** A linear congruential generator modulo 2^32 (multiplier and increment of Numerical Recipes); its upper bits are used. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
  next();
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const pick = <T>(choices: readonly T[]): T => {
    const choice = choices[int(0, choices.length - 1)];
    if (choice === undefined) throw new RangeError('nothing to pick from');
    return choice;
  };
  const shuffled = <T>(items: readonly T[]): T[] => {
    const rest = [...items];
    const out: T[] = [];
    while (rest.length > 0) out.push(...rest.splice(int(0, rest.length - 1), 1));
    return out;
  };
  const everybody: Person[] = [
    ...WOMEN.map((name): Person => ({ name, ...SHE })),
    ...MEN.map((name): Person => ({ name, ...HE })),
  ];
  return {
    int,
    pick,
    shuffled,
    people: (count) => shuffled(everybody).slice(0, count),
    translate: (n) => (int(0, 1) === 0 ? (NUMBER_WORDS[n] ?? String(n)) : String(n)),
  };
}
