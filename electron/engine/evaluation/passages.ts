// Finds which of many passages stand in a text, in one pass over it (Karp and Rabin, 1987).

/** UTF-16 code units that a passage has at least, and by which it is looked for. */
export const PASSAGE_CHARS = 64;

export type Passage<Of> = {
  /** What it is a passage of. */
  readonly of: Of;
  /** At least PASSAGE_CHARS long. */
  readonly longest: string;
  /** All that has to stand in the text, the longest too. */
  readonly parts: readonly string[];
};

/** Odd, so that it has an inverse modulo 2³². */
const BASE = 0x01000193;
/** BASE to the power of PASSAGE_CHARS − 1, modulo 2³². */
const LEADING = Array.from({ length: PASSAGE_CHARS - 1 }).reduce((power: number) => Math.imul(power, BASE), 1);

/** @returns finds whose passages stand in a text: all of their parts, in the order of the longest ones */
export function findPassages<Of>(passages: readonly Passage<Of>[]): (text: string) => ReadonlySet<Of> {
  const byHash = Map.groupBy(passages, ({ longest }) => openingHash(longest));
  return (text) => {
    const found = new Set<Of>();
    if (byHash.size === 0 || text.length < PASSAGE_CHARS) return found;
    let hash = openingHash(text);
    for (let start = 0; ; start++) {
      for (const { of, longest, parts } of byHash.get(hash) ?? []) {
        if (!found.has(of) && text.startsWith(longest, start) && parts.every((part) => text.includes(part)))
          found.add(of);
      }
      const end = start + PASSAGE_CHARS;
      if (end >= text.length) return found;
      hash = (Math.imul(hash - Math.imul(text.charCodeAt(start), LEADING), BASE) + text.charCodeAt(end)) | 0;
    }
  };
}

/** Of the first PASSAGE_CHARS code units: Σ c_i · BASE^(PASSAGE_CHARS − 1 − i) modulo 2³², as a signed integer. */
function openingHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < PASSAGE_CHARS; i++) hash = (Math.imul(hash, BASE) + text.charCodeAt(i)) | 0;
  return hash;
}
