// Finds the place of a loop in a text.

type Span = {
  /** Start of the first repetition. */
  readonly start: number;
  /** End of the last repetition, which may be incomplete. */
  readonly end: number;
  /** Length of one repetition. */
  readonly length: number;
};

/**
 * Finds the span of a loop.
 * @param text whole, or only its first part
 * @param unit what is repeated, perhaps only its beginning
 * @returns null if the text does not show the loop
 */
export function loopSpan(text: string, unit: string): Span | null {
  if (unit === '') return null;
  for (let last = text.lastIndexOf(unit); last > 0;) {
    const before = text.lastIndexOf(unit, last - 1);
    if (before < 0) return null;
    const length = last - before;
    // in a loop, the text continues with itself one unit later: how far does that hold?
    let end = last + unit.length;
    while (end < text.length && text[end] === text[end - length]) end++;
    let start = last;
    while (start > 0 && text[start - 1] === text[start - 1 + length]) start--;
    // the text before the loop may end in the same way as the unit
    const own = text.indexOf(unit, start);
    // a repetition at the end may be cut; a loop in the middle must occur three times
    if (own >= 0 && end - own > (end === text.length ? length : 2 * length + unit.length - 1))
      return { start: own, end, length };
    last = before;
  }
  return null;
}
