// Checks JSON in a model's output: whether it is complete, and where a value at the beginning of a text ends.

/** The beginning of JSON objects and lists of strings or objects, unlike "[1] Smith", "[1, 3)", "[[link]]" or "{name}". */
const OPENING = /^\s*(?:\{\s*["}]|\[\s*[{"\]])/;

type JsonCheck =
  | { readonly value: unknown; readonly problem?: never }
  /** The parser's message. */
  | { readonly problem: string; readonly value?: never };

/** Parses JSON. Returns the value, or the parser’s message. */
export function checkJson(text: string): JsonCheck {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: (error as SyntaxError).message };
  }
}

/** Whether the text, after white space, begins like JSON. */
export function beginsAsJson(text: string): boolean {
  return OPENING.test(text);
}

/** The object or list at the beginning of a text, up to its closing bracket; the whole text if it is not closed. */
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
