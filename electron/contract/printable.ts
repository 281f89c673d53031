// Names and texts of strangers as people may see them: none gives orders to a terminal, turns the direction of what follows,
// or begins a line of its own. What is stored, compared and opened is the name as it is.

/** What stands in the place of a character that is not shown, as of bytes that are no UTF-8. */
const REPLACEMENT = '\ufffd';

/** Controls; marks that turn the direction of writing; separators of lines and paragraphs; halves of characters. */
const IN_NAMES = /\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\u2028\u2029]|\p{Cs}/gu;

/** The same less line ends and tabs, which texts have. */
const IN_TEXTS = /[^\P{Cc}\t\n\r]|\r(?!\n)|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\u2028\u2029]|\p{Cs}/gu;

/** A name of a file, a model, a domain: one line. */
export function printableName(name: string): string {
  return name.replace(IN_NAMES, REPLACEMENT);
}

/** A document of JSON, which says the same: what must not be printed stands there as its number. */
export function printableJson(document: string): string {
  return document.replace(IN_TEXTS, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A text of one line or several. */
export function printableText(text: string): string {
  return text.replace(IN_TEXTS, REPLACEMENT);
}
