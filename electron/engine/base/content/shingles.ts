// A text as short overlapping runs, its shingles (Broder 1997). They show that two texts share a passage, whatever stands around it.
// A shingle has 8 words: the least for which GPT-3's training data was cleaned (Brown et al., arXiv 2005.14165, appendix C). Case,
// white space and punctuation do not count.

/** A word weighs 2, a character of a script without spaces 1: 16 characters of Japanese say about as much as 8 English words. */
const WORD_WEIGHT = 2;
export const SHINGLE_WEIGHT = 8 * WORD_WEIGHT;

type Shingles = {
  /** A hash of each shingle, in the order in which they begin: equal for equal shingles, below 2⁵³ and never 0. */
  readonly keys: Float64Array;
  /** The weight of the text before each shingle, and up to its end. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly weight: number;
};

/** The shingles of a text; none if it is shorter than one. */
export function toShingles(text: string): Shingles {
  const { hashes, ends, count } = hashPieces(text.normalize('NFKC').toLowerCase());
  const keys = new Float64Array(count);
  const from = new Uint32Array(count);
  const to = new Uint32Array(count);
  let [low, high] = [0, 0];
  let [end, made] = [0, 0];
  for (let start = 0; start < count; start++) {
    const before = start === 0 ? 0 : ends[start - 1]!;
    while (end < count && (end === start || ends[end - 1]! - before < SHINGLE_WEIGHT)) {
      low = (Math.imul(low, LOW_BASE) + hashes[end]!) | 0;
      high = (Math.imul(high, HIGH_BASE) + hashes[end]!) | 0;
      end++;
    }
    if (ends[end - 1]! - before < SHINGLE_WEIGHT) break;
    keys[made] = (high >>> 0) * 2 ** 21 + (low >>> 11) + 1;
    from[made] = before;
    to[made] = ends[end - 1]!;
    made++;
    const length = end - start;
    low = (low - Math.imul(hashes[start]!, LOW_POWERS[length - 1]!)) | 0;
    high = (high - Math.imul(hashes[start]!, HIGH_POWERS[length - 1]!)) | 0;
  }
  const weight = count === 0 ? 0 : ends[count - 1]!;
  return { keys: keys.slice(0, made), from: from.slice(0, made), to: to.slice(0, made), weight };
}

/** Polynomial hashes modulo 2³² (Karp and Rabin 1987). */
const [LOW_BASE, HIGH_BASE] = [0x01000193, 0x5bd1e995];
const powerTable = (base: number): Int32Array => {
  const powers = new Int32Array(SHINGLE_WEIGHT + 1).fill(1);
  for (let i = 1; i < powers.length; i++) powers[i] = Math.imul(powers[i - 1]!, base);
  return powers;
};
const [LOW_POWERS, HIGH_POWERS] = [powerTable(LOW_BASE), powerTable(HIGH_BASE)];

/** The words and single characters of a text: their hashes, and the weight up to the end of each. */
function hashPieces(text: string): {
  readonly hashes: Int32Array;
  readonly ends: Uint32Array;
  readonly count: number;
} {
  const hashes = new Int32Array(text.length);
  const ends = new Uint32Array(text.length);
  let [count, weight, word] = [0, 0, 0];
  const push = (hash: number, more: number): void => {
    hashes[count] = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    ends[count++] = weight += more;
  };
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = charKind(code);
    if (kind === WORD) {
      word = Math.imul(word ^ (code + 1), 0x01000193);
      continue;
    }
    if (word !== 0) push(word, WORD_WEIGHT);
    word = 0;
    if (kind === ALONE) push(Math.imul(code + 1, 0x297a2d39), 1);
  }
  if (word !== 0) push(word, WORD_WEIGHT);
  return { hashes, ends, count };
}

const [UNKNOWN, WORD, ALONE, GAP] = [0, 1, 2, 3];
/** The kind of each UTF-16 code unit, filled in as code units occur. */
const KINDS = new Uint8Array(2 ** 16);

function charKind(code: number): number {
  const kind = KINDS[code]!;
  if (kind !== UNKNOWN) return kind;
  return (KINDS[code] = classify(code));
}

/** Scripts that put no spaces between words. */
const UNSPACED = /[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]/u;

function classify(code: number): number {
  // half of a surrogate pair: a rarer character
  if (code >= 0xd800 && code < 0xe000) return ALONE;
  const character = String.fromCharCode(code);
  if (!/[\p{L}\p{M}\p{N}]/u.test(character)) return GAP;
  return UNSPACED.test(character) ? ALONE : WORD;
}
