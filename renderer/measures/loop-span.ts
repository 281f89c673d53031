// Where in a text the loop stands that was found in it.

type Span = {
  /** Of the first repeated unit. */
  readonly start: number;
  /** Behind the last, which may be there only in part. */
  readonly end: number;
  /** One unit's. */
  readonly length: number;
};

/**
 * @param text to its end, or only its first part
 * @param unit what is repeated, perhaps only its beginning
 * @returns null where the text does not show it
 */
export function loopSpan(text: string, unit: string): Span | null {
  if (unit === '') return null;
  for (let last = text.lastIndexOf(unit); last > 0;) {
    const before = text.lastIndexOf(unit, last - 1);
    if (before < 0) return null;
    const length = last - before;
    // the text is its own continuation one unit later: how far does that hold?
    let end = last + unit.length;
    while (end < text.length && text[end] === text[end - length]) end++;
    let start = last;
    while (start > 0 && text[start - 1] === text[start - 1 + length]) start--;
    // what came before the loop may end as the unit does
    const own = text.indexOf(unit, start);
    // one that goes on to the end may be cut there; any other stands three times
    if (own >= 0 && end - own > (end === text.length ? length : 2 * length + unit.length - 1))
      return { start: own, end, length };
    last = before;
  }
  return null;
}
