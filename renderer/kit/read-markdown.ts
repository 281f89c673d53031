// Reads the Markdown that models write. HTML and definitions of addresses stay text: no word is lost, and none becomes an element.
import { Marked, type MarkedToken, type Tokens } from 'marked';

const none = (): undefined => undefined;
const marked = new Marked({ gfm: true, breaks: true, tokenizer: { html: none, tag: none, def: none } });

/** A longer text is not read: the time for some grows with the square of their length. */
const MAX_CHARS = 1 << 15;
/** The deepest nesting that is shown. */
const MAX_DEPTH = 16;

/** Reads a text that may still be growing: an open fence extends to its end. @returns null: it is too long or too deep */
export function readMarkdown(text: string): readonly MarkedToken[] | null {
  // marked calls itself for each level, and reads what is left each time
  if (text.length > MAX_CHARS || /^(?:[ \t>*+-]|\d+[.)][ \t]){64}/m.test(text)) return null;
  try {
    const tokens = marked.lexer(text);
    return isShallow(tokens, 0) ? ([...tokens] as MarkedToken[]) : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function isShallow(tokens: readonly Tokens.Generic[], depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  return tokens.every(({ tokens: inner, items }) =>
    [inner, items as Tokens.Generic[] | undefined].every((list) => list === undefined || isShallow(list, depth + 1)),
  );
}
