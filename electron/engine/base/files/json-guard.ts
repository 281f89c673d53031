// Estimates from a JSON text's bytes what parsing it would cost. Two bytes can become an array of a hundred, and the engine
// ends when its heap is full.
import { msg, type Sentence } from '../../../contract/sentences.ts';

/** The deepest nesting of lists and objects. What Winnow reads has fewer than a dozen levels, including tool schemas in demos. */
export const MAX_JSON_DEPTH = 1000;

/** The most numbers, texts, lists and objects, including nested ones: at most about a gigabyte as JavaScript values. */
export const MAX_JSON_VALUES = 10_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];

/**
 * Why the text must not be parsed, as the end of a sentence about it; null: it may be, whether it is JSON or not.
 * @param bytes UTF-8
 */
export function jsonExcess(bytes: Uint8Array): Sentence | null {
  let depth = 0;
  let values = 1;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === QUOTE) {
      i = endOfText(bytes, i + 1);
    } else if (byte === COMMA) {
      values++;
    } else if (byte === OPENING[0] || byte === OPENING[1]) {
      depth++;
      values++;
      if (depth > MAX_JSON_DEPTH) return msg('nestedJson', { levels: MAX_JSON_DEPTH });
    } else if (byte === CLOSING[0] || byte === CLOSING[1]) {
      depth--;
    }
  }
  return values > MAX_JSON_VALUES ? msg('jsonTooMany', { values: MAX_JSON_VALUES }) : null;
}

/** A text parsed as JSON; undefined: it is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The index of the closing quote, or the end of the text. */
function endOfText(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(QUOTE, start); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let slashes = 0;
    while (bytes[at - 1 - slashes] === BACKSLASH && at - 1 - slashes >= start) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return bytes.length;
}
