// JSON in what a model writes: whether it is complete, and where a value that stands at the beginning of a text ends.

/** How JSON objects and lists of texts or objects begin, unlike "[1] Smith", "[1, 3)", "[[link]]" or "{name}". */
const OPENING = /^\s*(?:\{\s*["}]|\[\s*[{"\]])/;

type JsonCheck =
  | { readonly value: unknown; readonly problem?: never }
  /** The parser's message. */
  | { readonly problem: string; readonly value?: never };

/** The value, or the parser’s complaint. */
export function checkJson(text: string): JsonCheck {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: (error as SyntaxError).message };
  }
}

/** Whether the text, white space apart, begins with a brace or bracket as JSON does. */
export function beginsAsJson(text: string): boolean {
  return OPENING.test(text);
}

/** The object or list that a text begins with, to its closing bracket; the whole text where it is not closed. */
export function leadingValue(text: string): string {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const sign = text[i];
    if (inString) {
      if (sign === '\\') i++;
      else if (sign === '"') inString = false;
    } else if (sign === '"') {
      inString = true;
    } else if (sign === '{' || sign === '[') {
      depth++;
    } else if ((sign === '}' || sign === ']') && --depth === 0) {
      return text.slice(0, i + 1);
    }
  }
  return text;
}
