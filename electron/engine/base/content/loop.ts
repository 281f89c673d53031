// Finds completions that have fallen into a loop: they repeat themselves until they end, or say one line over and over.

/**
 * A loop is a unit that occurs at least `LOOP_REPEATS` times in direct succession up to the end of the text (the last time
 * perhaps only in part), with at least `LOOP_BYTES` after its first occurrence: text from which a reader learns nothing.
 * Lengths are UTF-8 bytes rather than characters: a Japanese character says about as much as three Latin ones, and takes
 * three bytes. 120 bytes are some 30 tokens.
 */
export const LOOP_REPEATS = 3;
export const LOOP_BYTES = 120;
/** The same for units that have no words on purpose: rulers, blank lines, rows of zeros, empty table cells. */
export const QUIET_LOOP_BYTES = 320;
/**
 * A whole line of at least this many bytes that occurs `LOOP_REPEATS` times in a row is a loop anywhere in the text, if it
 * begins as prose does: rows of tables and markup recur.
 */
export const LINE_LOOP_BYTES = 24;
/** A unit with fewer different letters and digits says nothing. */
const QUIET_SIGNS = 2;
/** The longest part of a repeated unit that is shown to people. */
const SHOWN_CHARS = 200;

type Loop = {
  /** The repeated text; a long one is cut. */
  readonly unit: string;
  /** How often it occurs, the last time perhaps only in part: 4.5. */
  readonly repeats: number;
};

/**
 * Finds the loop in a text. Modelled on the `repetition` metric of Holtzman et al., "The Curious Case of Neural Text
 * Degeneration" (arXiv 1904.09751; code ari-holtzman/degen), which asks whether a generation ends in a phrase that repeats,
 * and ignores short ones. Unlike there, two occurrences are not a loop, units may be longer than 90 tokens, and the bound is
 * on the redundant bytes, so that identical rows of a table or a refrain do not count. A line that occurs three times counts
 * anywhere: sums that go in circles still end with an answer. Loops that change a little each time (a number counts up) are
 * not found.
 * @returns the loop with the shortest unit; null: there is none
 */
export function findLoop(text: string): Loop | null {
  const loop = repetition(text);
  if (loop === null) return repeatedLine(text);
  const { unit, period, redundant } = loop;
  return { unit: unit.slice(0, SHOWN_CHARS), repeats: (period + redundant) / period };
}

/** Bytes of the loop at the end of a text, after its unit's first occurrence: a reader learns nothing from these; 0: no loop. */
export function loopBytes(text: string): number {
  return repetition(text)?.redundant ?? 0;
}

function repeatedLine(text: string): Loop | null {
  let loop: Loop | null = null;
  let line = '';
  let repeats = 0;
  for (const next of text.split('\n').map((one) => one.trim())) {
    if (next === '') continue;
    repeats = next === line ? repeats + 1 : 1;
    line = next;
    if (repeats >= Math.max(LOOP_REPEATS, loop?.repeats ?? 0) && isTelling(line)) {
      loop = { unit: line.slice(0, SHOWN_CHARS), repeats };
    }
  }
  return loop;
}

function isTelling(line: string): boolean {
  return Buffer.byteLength(line) >= LINE_LOOP_BYTES && /^[\p{L}\p{N}]/u.test(line) && !isQuiet(line);
}

/** Lengths in bytes. */
type Repetition = { readonly unit: string; readonly period: number; readonly redundant: number };

function repetition(text: string): Repetition | null {
  const reversed = Buffer.from(text, 'utf8').reverse();
  if (reversed.length <= LOOP_BYTES) return null;
  const matches = prefixMatches(reversed);
  for (let period = 1; period * LOOP_REPEATS <= reversed.length; period++) {
    const redundant = matches[period] ?? 0;
    if (redundant < LOOP_BYTES || redundant < period * (LOOP_REPEATS - 1)) continue;
    const unit = repeatedUnit(reversed, period, redundant);
    if (isQuiet(unit) && redundant < QUIET_LOOP_BYTES) continue;
    return { unit, period, redundant };
  }
  return null;
}

/**
 * For each position, how many bytes from there on equal the beginning (Z function; Gusfield, Algorithms on Strings, Trees
 * and Sequences, section 1.4). A prefix of period p continues for `z[p]` bytes after its first period.
 */
function prefixMatches(bytes: Uint8Array): Int32Array {
  const z = new Int32Array(bytes.length);
  let start = 0;
  let end = 0;
  for (let i = 1; i < bytes.length; i++) {
    let length = i < end ? Math.min(end - i, z[i - start] ?? 0) : 0;
    while (i + length < bytes.length && bytes[length] === bytes[i + length]) length++;
    z[i] = length;
    if (i + length > end) {
      start = i;
      end = i + length;
    }
  }
  return z;
}

/** Where a rotated unit may begin, best first: after a line, a sentence, a word. */
const BEGINNINGS = [/\n+/, /[.!?。！？]\s*/, /\s+/];
const LINE_BREAK = 0x0a;

/**
 * The unit as text. The text before the loop may happen to end like the unit, so that the loop seems to begin early: the unit
 * is rotated to begin where it reads well.
 */
function repeatedUnit(reversed: Buffer, period: number, redundant: number): string {
  const loop = Buffer.from(reversed.subarray(0, period + redundant)).reverse();
  // the loop may begin in the middle of a character
  const start = loop.findIndex((byte) => (byte & 0xc0) !== 0x80);
  const unit = loop.toString('utf8', start, start + period);
  const before = reversed[period + redundant];
  if (before === undefined || before === LINE_BREAK) return unit;
  const gap = BEGINNINGS.map((beginning) => beginning.exec(unit)).find((match) => match !== null);
  const turn = gap ? gap.index + gap[0].length : 0;
  return unit.slice(turn) + unit.slice(0, turn);
}

function isQuiet(unit: string): boolean {
  return new Set(unit.match(/[\p{L}\p{N}]/gu)).size < QUIET_SIGNS;
}
