// Finds which documents have passages in common with demos, and how much: by their shingles, in one pass over each.
import { SHINGLE_WEIGHT, shinglesOf, type Shingles } from '../../base/content/shingles.ts';
import { inSlices } from '../../store/slices.ts';

/** Shingles that occur more often than this in the demos are their form, such as an instruction or a licence, and identify none of them. */
const MOST_SAYING = 8;
/** Minimum share of the shorter text, without form, that counts as an overlap: problems of one pattern have half in common but differ. */
const LEAST_SHARE = 2 / 3;

/** Maximum gap between two runs of a demo's words within one passage: about a sentence. */
const GAP = SHINGLE_WEIGHT;

/** Number of shingles that are indexed at once: about 60 MB. */
const INDEXED = 2 ** 20;
/** A long text is read in pieces, which overlap so that a demo lies completely in one of them. */
const PIECE_CHARS = 2 ** 20;
const COMMON_CHARS = 2 ** 16;
/** Characters of documents that are read at once: a set of about 32 MB, or 128 MB in scripts without spaces. */
const PART_CHARS = 2 ** 23;

type Said<Of> = { readonly of: Of; readonly text: string };

type Overlap<Demo> = {
  readonly demo: Demo;
  /** The share of the shorter of both texts, above 0 and at most 1. */
  readonly share: number;
  /** `holds`: the demo is shorter, and this share of it occurs in the document; `within`: the share of the document that occurs in the demo. */
  readonly how: 'holds' | 'within';
};

/**
 * Finds the largest overlap of each document that has one.
 * @throws the signal's reason
 */
export async function findOverlaps<Demo, Document>(
  demos: readonly Said<Demo>[],
  documents: readonly Said<Document>[],
  signal?: AbortSignal,
): Promise<Map<Document, Overlap<Demo>>> {
  const found = new Map<Document, Overlap<Demo>>();
  const form = new Form(demos);
  await inSlices(demos, ({ text }) => form.add(shinglesOf(text).keys), signal);
  for (const pieces of inParts(documents.flatMap(piecesOf))) {
    const inDocuments = new KeySet();
    await inSlices(pieces, ({ text }) => inDocuments.add(shinglesOf(text).keys), signal);
    let part: Shingled<Demo>[] = [];
    let size = 0;
    const lookThrough = async (): Promise<void> => {
      const index = new DemoIndex(part, form);
      const compare = ({ of, text }: Said<Document>): void => {
        const overlap = index.largestOverlap(shinglesOf(text));
        if (overlap && overlap.share > (found.get(of)?.share ?? 0)) found.set(of, overlap);
      };
      await inSlices(pieces, compare, signal);
      part = [];
      size = 0;
    };
    const add = ({ of, text }: Said<Demo>): Promise<void> | undefined => {
      const shingles = shinglesOf(text);
      if (!shingles.keys.some((key) => inDocuments.has(key) && !form.holds(key))) return undefined;
      part.push({ of, shingles });
      size += shingles.keys.length;
      return size < INDEXED ? undefined : lookThrough();
    };
    await inSlices(demos, add, signal);
    if (size > 0) await lookThrough();
  }
  return found;
}

function piecesOf<Of>({ of, text }: Said<Of>): Said<Of>[] {
  const pieces: Said<Of>[] = [];
  for (let start = 0; start === 0 || start + COMMON_CHARS < text.length; start += PIECE_CHARS - COMMON_CHARS)
    pieces.push({ of, text: text.slice(start, start + PIECE_CHARS) });
  return pieces;
}

/** Groups pieces so that each group's shingles fit in one set. */
function inParts<Of>(pieces: readonly Said<Of>[]): Said<Of>[][] {
  const parts: Said<Of>[][] = [];
  let chars = Infinity;
  for (const piece of pieces) {
    chars += piece.text.length;
    if (chars > PART_CHARS) {
      parts.push([]);
      chars = piece.text.length;
    }
    parts.at(-1)!.push(piece);
  }
  return parts;
}

/** What the demos have in common: their frequent shingles. Two shingles may share a counter, so a count is rarely too high, never too low. */
class Form {
  readonly #counts: Uint8Array;

  constructor(demos: readonly Said<unknown>[]) {
    const chars = demos.reduce((sum, { text }) => sum + text.length, 0);
    this.#counts = new Uint8Array(powerOfTwo(2 * chars));
  }

  add(keys: Float64Array): void {
    const counts = this.#counts;
    for (const key of keys) {
      const place = key & (counts.length - 1);
      if (counts[place]! <= MOST_SAYING) counts[place]!++;
    }
  }

  holds(key: number): boolean {
    return this.#counts[key & (this.#counts.length - 1)]! > MOST_SAYING;
  }
}

class KeySet {
  /** 0: the slot is free. */
  #keys = new Float64Array(powerOfTwo(0));
  #size = 0;

  add(keys: Float64Array): void {
    for (const key of keys) {
      const place = placeOf(key, this.#keys);
      if (this.#keys[place] === key) continue;
      this.#keys[place] = key;
      if (2 * ++this.#size > this.#keys.length) this.#grow();
    }
  }

  has(key: number): boolean {
    return this.#keys[placeOf(key, this.#keys)] === key;
  }

  #grow(): void {
    const before = this.#keys;
    this.#keys = new Float64Array(2 * before.length);
    for (const key of before) if (key !== 0) this.#keys[placeOf(key, this.#keys)] = key;
  }
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(least, 2 ** 12)));
}

/** The slot of a key in a table with open addressing, or the free slot where it belongs. */
function placeOf(key: number, keys: Float64Array): number {
  const mask = keys.length - 1;
  let place = key & mask;
  while (keys[place] !== 0 && keys[place] !== key) place = (place + 1) & mask;
  return place;
}

/** A passage that a document and a demo share in the same order, up to a position in both. */
type Passage = { weight: number; to: number; at: number };

/** Maximum open passages of a demo at one position of a document: a text that quotes it twice may continue either quotation. */
const OPEN_PASSAGES = 2;

type Shingled<Of> = { readonly of: Of; readonly shingles: Shingles };

/** Finds the demos that contain a shingle: a hash table with a list of demos for each key. */
class DemoIndex<Demo> {
  readonly #demos: readonly Shingled<Demo>[];
  readonly #form: Form;
  /** The key in each slot; 0: the slot is free. */
  readonly #keys: Float64Array;
  /** For each slot, the first entry of its list, counted from 1. */
  readonly #first: Uint32Array;
  /** For each slot, the last text that contained its key, counted from 1. */
  readonly #met: Uint32Array;
  #texts = 0;
  /** For each entry: a demo, where the shingle begins in it, and the next entry. */
  readonly #demo: Uint32Array;
  readonly #at: Uint32Array;
  readonly #next: Uint32Array;

  constructor(demos: readonly Shingled<Demo>[], form: Form) {
    const shingles = demos.reduce((sum, { shingles: { keys } }) => sum + keys.length, 0);
    const places = powerOfTwo(2 * shingles);
    this.#demos = demos;
    this.#form = form;
    this.#keys = new Float64Array(places);
    this.#first = new Uint32Array(places);
    this.#met = new Uint32Array(places);
    this.#demo = new Uint32Array(shingles + 1);
    this.#at = new Uint32Array(shingles + 1);
    this.#next = new Uint32Array(shingles + 1);
    let entries = 0;
    for (const [demo, { shingles: of }] of demos.entries()) {
      for (const [i, key] of of.keys.entries()) {
        if (this.#form.holds(key)) continue;
        const place = placeOf(key, this.#keys);
        const before = this.#first[place]!;
        if (before > 0 && this.#demo[before] === demo) continue;
        this.#keys[place] = key;
        this.#demo[++entries] = demo;
        this.#at[entries] = of.from[i]!;
        this.#next[entries] = before;
        this.#first[place] = entries;
      }
    }
  }

  largestOverlap(document: Shingles): Overlap<Demo> | null {
    const own = this.#ownParts(document);
    const whole = own[document.weight]!;
    const passages = new Map<number, Passage[]>();
    const most = new Map<number, number>();
    for (const [i, key] of document.keys.entries()) {
      const [from, to] = [document.from[i]!, document.to[i]!];
      for (let entry = this.#first[placeOf(key, this.#keys)]!; entry > 0; entry = this.#next[entry]!) {
        const [demo, at] = [this.#demo[entry]!, this.#at[entry]!];
        const open = (passages.get(demo) ?? []).filter((passage) => from <= passage.to + GAP);
        const [before] = open.filter((passage) => passage.at < at).sort((one, other) => other.at - one.at);
        const passage = before ?? { weight: 0, to: from, at };
        passage.weight += own[to]! - own[Math.max(passage.to, from)]!;
        Object.assign(passage, { to, at });
        passages.set(demo, before ? open : [passage, ...open].slice(0, OPEN_PASSAGES));
        most.set(demo, Math.max(most.get(demo) ?? 0, passage.weight));
      }
    }
    let largest: Overlap<Demo> | null = null;
    for (const [number, weight] of most) {
      if (weight < SHINGLE_WEIGHT) continue;
      const { of, shingles } = this.#demos[number]!;
      const ofDemo = this.#ownParts(shingles)[shingles.weight]!;
      const share = Math.min(1, weight / Math.min(ofDemo, whole));
      if (share < LEAST_SHARE || share <= (largest?.share ?? 0)) continue;
      largest = { demo: of, share, how: ofDemo <= whole ? 'holds' : 'within' };
    }
    return largest;
  }

  /** For each position in a text, how much of the text before it is neither form nor a repetition. */
  #ownParts({ keys, from, to, weight }: Shingles): Uint32Array {
    const own = new Uint32Array(weight + 1);
    let at = 0;
    const advance = (end: number, isOwn: 0 | 1): void => {
      for (; at < end; at++) own[at + 1] = own[at]! + isOwn;
    };
    this.#texts++;
    for (const [i, key] of keys.entries()) {
      const place = placeOf(key, this.#keys);
      const isRepeated = this.#keys[place] !== 0 && this.#met[place] === this.#texts;
      this.#met[place] = this.#texts;
      if (!isRepeated && !this.#form.holds(key)) continue;
      advance(from[i]!, 1);
      advance(to[i]!, 0);
    }
    advance(weight, 1);
    return own;
  }
}
