// Makes names and texts of strangers safe to show: none can control a terminal, change the direction of the following
// text, or begin a line of its own. Names are stored, compared and opened unchanged.

/** Replaces a character that is not shown, just as it stands for bytes that are not UTF-8. */
const REPLACEMENT = '\ufffd';

/** Control characters; marks that change the direction of writing; line and paragraph separators; unpaired surrogates. */
const IN_NAMES = /\p{Cc}|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\u2028\u2029]|\p{Cs}/gu;

/** The same without line ends and tabs, which texts may have. */
const IN_TEXTS = /[^\P{Cc}\t\n\r]|\r(?!\n)|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|[\u2028\u2029]|\p{Cs}/gu;

/** Returns a printable name of a file, model or domain, on one line. */
export function printableName(name: string): string {
  return name.replace(IN_NAMES, REPLACEMENT);
}

/** Returns a JSON document that says the same: characters that must not be printed are escaped by number. */
export function printableJson(document: string): string {
  return document.replace(IN_TEXTS, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Returns a printable text of one or several lines. */
export function printableText(text: string): string {
  return text.replace(IN_TEXTS, REPLACEMENT);
}
