// Where in a text the loop begins that it ends in.

/**
 * @param text to its end, or only its first part
 * @param unit what is repeated, perhaps only its beginning
 * @returns the place of the first repeated unit, and the unit's length; null where the text does not show it
 */
export function loopStart(text: string, unit: string): { readonly start: number; readonly length: number } | null {
  const last = text.lastIndexOf(unit);
  const before = last <= 0 ? -1 : text.lastIndexOf(unit, last - 1);
  if (unit === '' || before < 0) return null;
  const length = last - before;
  // the text is its own continuation one unit later: how far back does that hold?
  let start = text.length - length;
  while (start > 0 && text[start - 1] === text[start - 1 + length]) start--;
  // what came before the loop may end as the unit does
  const own = text.indexOf(unit, start);
  return own >= 0 && text.length - own > length ? { start: own, length } : null;
}
