// Which demos a text repeats, by all of its shingles: @dodona/dolos-core's hashes have 25 bits, which at megabytes are alike by chance.
// Every run of 8 words (16 characters of a script without spaces) that a text and a demo share is found, whatever stands around it,
// unless it is in more than 8 demos that differ. Time and memory are linear: about 100 bytes for each word of the demos.
import { SHINGLE_WEIGHT, toShingles } from '../base/content/shingles.ts';
import { inSlices } from '../store/slices.ts';

/** Shingles of more demos than this are their form, such as an instruction or a licence, and identify none of them. */
const MOST_SAYING = 8;
/** Minimum share of the shorter text, without form, that counts as an overlap: problems of one pattern have half in common but differ. */
const LEAST_SHARE = 2 / 3;
/** The same where one is this often as long: of many problems of one pattern, some are alike by chance. A letter in ten words leaves 0.9. */
const LEAST_SHARE_OF_LONG = 0.85;
const LONG = 20;
/** Where a text is at one place of another, it may be this often as long there, by what is put between. */
const MOST_SPREAD = 2;
/** A variant of a demo differs from it nowhere by a whole shingle, or this share of its length, in a row. */
const VARIANT_GAP = 1 / 20;
/** The least that a variant has in common, unless it is a part: forms with short gaps to fill are shorter. */
export const TELLING_WEIGHT = 8 * SHINGLE_WEIGHT;

type Said<Of> = { readonly of: Of; readonly text: string };

export type Overlap<Demo> = {
  readonly demo: Demo;
  /** The share of the shorter of both texts, above 0 and at most 1. */
  readonly share: number;
  /** `holds`: the demo is shorter, and this share of it occurs in the text; `within`: the share of the text that occurs in the demo. */
  readonly how: 'holds' | 'within';
};

/** A text's shingles as slots of the index, as `NOT_IN_DEMOS` or, where they are said again, as `REPEATED` less the slot. */
type Slotted = {
  readonly slots: Int32Array;
  /** For each shingle, the one before with the same slot, counted from 1. */
  readonly before: Uint32Array;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly weight: number;
};
const [NOT_IN_DEMOS, REPEATED] = [-1, -2];

type Place = { readonly at: number; readonly slot: number };

/** What a text has in common with a group of demos, the longest part without that, and where the last common shingle ends. */
type Common = { weight: number; gap: number; to: number };

type Indexed<Demo> = { readonly of: Demo; readonly slotted: Slotted };

/** @throws the signal's reason */
export async function indexDemos<Demo>(demos: readonly Said<Demo>[], signal?: AbortSignal): Promise<DemoIndex<Demo>> {
  let shingles = 0;
  await inSlices(demos, ({ text }) => (shingles += toShingles(text).keys.length), signal);
  const index = new DemoIndex<Demo>(shingles);
  // a demo comes after those that contain it, and a form is known before demos that are little else
  const longestFirst = demos.toSorted((a, b) => b.text.length - a.text.length);
  await inSlices(longestFirst, (demo) => index.add(demo), signal);
  return index;
}

/**
 * For each text, the number of its group, counted from 0 in the order in which groups begin: texts that overlap are in one group.
 * @throws the signal's reason
 */
export async function overlapGroups(texts: readonly string[], signal?: AbortSignal): Promise<number[]> {
  const index = await indexDemos(
    texts.map((text, of) => ({ of, text })),
    signal,
  );
  const parents = texts.map((_, place) => place);
  const findRoot = (place: number): number => {
    let root = place;
    while (parents[root] !== root) root = parents[root]!;
    return (parents[place] = root);
  };
  const join = (one: number, other: number): void => {
    const [first, second] = [findRoot(one), findRoot(other)].toSorted((a, b) => a - b);
    parents[second!] = first!;
  };
  for (const [first, ...variants] of index.variants()) for (const variant of variants) join(first!, variant);
  const joinOverlapping = (place: number): void => {
    for (const { demo } of index.overlaps(texts[place]!)) join(place, demo);
  };
  await inSlices([...texts.keys()], joinOverlapping, signal);
  const roots = texts.map((_, place) => findRoot(place));
  const numbers = new Map([...new Set(roots)].map((root, number) => [root, number]));
  return roots.map((root) => numbers.get(root)!);
}

/** The most of a text's own parts that stands at one place of another, as a share. @param places in that one, in order */
function shareAtOnePlace({ slots, from, to, weight }: Slotted, own: Uint32Array, places: readonly Place[]): number {
  const counts = new Map<number, number>();
  let [first, most, start, end] = [0, 0, 0, 0];
  for (const [i, { at, slot }] of places.entries()) {
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
    for (; places[first]!.at + MOST_SPREAD * weight < at; first++) {
      const left = counts.get(places[first]!.slot)! - 1;
      if (left > 0) counts.set(places[first]!.slot, left);
      else counts.delete(places[first]!.slot);
    }
    if (counts.size > most) [most, start, end] = [counts.size, first, i + 1];
  }
  const there = new Set(places.slice(start, end).map(({ slot }) => slot));
  let [share, covered] = [0, 0];
  for (const [i, slot] of slots.entries()) {
    if (!there.has(slot)) continue;
    share += own[to[i]!]! - own[Math.max(covered, from[i]!)]!;
    covered = to[i]!;
  }
  return share / own.at(-1)!;
}

/** A hash table with a list for each shingle: the groups of demos that have it. The demos of a group are variants of its first one. */
class DemoIndex<Demo> {
  readonly #groups: Indexed<Demo>[][] = [];
  /** The key in each slot; 0: the slot is free. */
  readonly #keys: Float64Array;
  /** For each slot, the last text that contained its key, counted from 1. */
  readonly #met: Uint32Array;
  /** For each slot, where that text has it last, counted from 1. */
  readonly #last: Uint32Array;
  #texts = 0;
  /** For each slot, the first entry of its list, counted from 1, and how many there are. */
  readonly #first: Uint32Array;
  readonly #size: Uint8Array;
  /** For each entry: a group and the next entry. */
  readonly #group: Uint32Array;
  readonly #next: Uint32Array;
  #entries = 0;

  /** @param shingles of all demos */
  constructor(shingles: number) {
    const slots = 2 ** Math.ceil(Math.log2(1.5 * shingles + 16));
    this.#keys = new Float64Array(slots);
    this.#met = new Uint32Array(slots);
    this.#last = new Uint32Array(slots);
    this.#first = new Uint32Array(slots);
    this.#size = new Uint8Array(slots);
    this.#group = new Uint32Array(shingles + 1);
    this.#next = new Uint32Array(shingles + 1);
  }

  /** Adds a demo that is not longer than those before. */
  add({ of, text }: Said<Demo>): void {
    const slotted = this.#slotted(text, true);
    const group = this.#findVariant(slotted) ?? this.#groups.push([]) - 1;
    this.#groups[group]!.push({ of, slotted });
    for (const slot of slotted.slots) {
      if (slot < 0 || this.#isForm(slot) || [...this.#groupsWith(slot)].includes(group)) continue;
      this.#size[slot]!++;
      this.#group[++this.#entries] = group;
      this.#next[this.#entries] = this.#first[slot]!;
      this.#first[slot] = this.#entries;
    }
  }

  variants(): Demo[][] {
    return this.#groups.map((group) => group.map(({ of }) => of));
  }

  /** The demos that a text overlaps with, of variants one. */
  overlaps(text: string): Iterable<Overlap<Demo>> {
    const slotted = this.#slotted(text);
    return this.#overlaps(slotted, this.#ownParts(slotted));
  }

  /** @param slotted of the text that was looked up last */
  *#overlaps(slotted: Slotted, own: Uint32Array): Generator<Overlap<Demo>> {
    const whole = own.at(-1)!;
    for (const [group, { weight }] of this.#common(slotted, own)) {
      if (weight < SHINGLE_WEIGHT) continue;
      for (const { of, slotted: demo } of this.#groups[group]!) {
        const ownOfDemo = this.#ownParts(demo);
        const [shorter, longer] = [whole, ownOfDemo.at(-1)!].toSorted((a, b) => a - b) as [number, number];
        if (2 * weight < shorter) continue;
        const isDemoLonger = whole === shorter && longer > shorter;
        const share = isDemoLonger
          ? shareAtOnePlace(slotted, own, this.#placesIn(demo))
          : shareAtOnePlace(demo, ownOfDemo, this.#findPlaces(demo, slotted));
        if (share < (longer > LONG * shorter ? LEAST_SHARE_OF_LONG : LEAST_SHARE)) continue;
        yield { demo: of, share: Math.min(1, share), how: isDemoLonger ? 'within' : 'holds' };
        break;
      }
    }
  }

  /** The largest overlap of a text, its weight, and how much of that can be compared: what is neither form nor said again nor too short. */
  compare(text: string): { readonly largest: Overlap<Demo> | undefined; weight: number; comparable: number } {
    const slotted = this.#slotted(text);
    const own = this.#ownParts(slotted);
    const comparable = slotted.slots.length === 0 ? 0 : own.at(-1)!;
    const [largest] = [...this.#overlaps(slotted, own)].sort((one, other) => other.share - one.share);
    return { largest, weight: slotted.weight, comparable };
  }

  #findVariant(slotted: Slotted): number | undefined {
    const own = this.#ownParts(slotted);
    const whole = own.at(-1)!;
    if (whole < SHINGLE_WEIGHT) return undefined;
    const most = Math.max(SHINGLE_WEIGHT, VARIANT_GAP * whole);
    const varied = [...this.#common(slotted, own)].filter(
      ([, { weight, gap }]) => gap === 0 || (gap < most && weight >= Math.max(LEAST_SHARE * whole, TELLING_WEIGHT)),
    );
    return varied.sort(([, one], [, other]) => other.weight - one.weight)[0]?.[0];
  }

  #common({ slots, from, to, weight }: Slotted, own: Uint32Array): Map<number, Common> {
    const common = new Map<number, Common>();
    const advance = (one: Common, start: number, end: number): void => {
      one.gap = Math.max(one.gap, own[start]! - own[Math.min(one.to, start)]!);
      one.weight += own[end]! - own[Math.max(one.to, start)]!;
      one.to = end;
    };
    for (const [i, slot] of slots.entries()) {
      if (slot < 0 || this.#isForm(slot)) continue;
      for (const group of this.#groupsWith(slot)) {
        const one = common.get(group) ?? { weight: 0, gap: 0, to: 0 };
        common.set(group, one);
        advance(one, from[i]!, to[i]!);
      }
    }
    for (const one of common.values()) one.gap = Math.max(one.gap, own[weight]! - own[one.to]!);
    return common;
  }

  /** @param adds whether the text is a demo, whose shingles become part of the index */
  #slotted(text: string, adds = false): Slotted {
    const { keys, ...places } = toShingles(text);
    const before = new Uint32Array(keys.length);
    this.#texts++;
    const hashSlot = (key: number, i: number): number => {
      const slot = this.#findSlot(key);
      if (adds) this.#keys[slot] = key;
      else if (this.#keys[slot] === 0) return NOT_IN_DEMOS;
      const isRepeated = this.#met[slot] === this.#texts;
      if (isRepeated) before[i] = this.#last[slot]!;
      this.#met[slot] = this.#texts;
      this.#last[slot] = i + 1;
      return isRepeated ? REPEATED - slot : slot;
    };
    return { ...places, before, slots: Int32Array.from(keys, hashSlot) };
  }

  /** For each position in a text, how much of the text before it is neither form nor said before. */
  #ownParts({ slots, from, to, weight }: Slotted): Uint32Array {
    const own = new Uint32Array(weight + 1);
    let at = 0;
    const advance = (end: number, isOwn: 0 | 1): void => {
      for (; at < end; at++) own[at + 1] = own[at]! + isOwn;
    };
    for (const [i, slot] of slots.entries()) {
      if (slot >= 0 ? !this.#isForm(slot) : slot === NOT_IN_DEMOS) continue;
      advance(from[i]!, 1);
      advance(to[i]!, 0);
    }
    advance(weight, 1);
    return own;
  }

  /** Where the shingles of a demo stand in the text that was looked up last, in order. */
  #findPlaces(demo: Slotted, text: Slotted): Place[] {
    const places: Place[] = [];
    for (const slot of demo.slots) {
      if (slot < 0 || this.#met[slot] !== this.#texts) continue;
      for (let i = this.#last[slot]!; i > 0; i = text.before[i - 1]!) places.push({ at: text.from[i - 1]!, slot });
    }
    return places.sort((one, other) => one.at - other.at);
  }

  /** Where the shingles of the text that was looked up last stand in a demo, in order. */
  #placesIn({ slots, from }: Slotted): Place[] {
    return [...slots].flatMap((slot, i) => {
      const plain = slot < 0 ? REPEATED - slot : slot;
      return this.#met[plain] === this.#texts ? [{ at: from[i]!, slot: plain }] : [];
    });
  }

  #isForm(slot: number): boolean {
    return this.#size[slot]! > MOST_SAYING;
  }

  *#groupsWith(slot: number): Generator<number> {
    for (let entry = this.#first[slot]!; entry > 0; entry = this.#next[entry]!) yield this.#group[entry]!;
  }

  /** The slot of a key, or the free slot where it belongs. */
  #findSlot(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = key & mask;
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }
}
