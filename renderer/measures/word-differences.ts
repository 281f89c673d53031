// The differences between two texts, word by word.

type Run = { readonly text: string; readonly differs: boolean };

/**
 * Comparing more pairs of words would take longer than anyone waits; everything between the first and the last
 * difference then counts as different.
 */
const MOST_PAIRS = 4_000_000;

const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** @returns the text in runs; those that differ are not part of the longest common subsequence of words */
export function wordDifferences(text: string, other: string): readonly Run[] {
  const [whole, against] = [splitWords(text), splitWords(other)];
  const head = alike(whole, against);
  const tail = alike(whole.slice(head).toReversed(), against.slice(head).toReversed());
  const runs = [
    { text: whole.slice(0, head).join(''), differs: false },
    ...between(whole.slice(head, whole.length - tail), against.slice(head, against.length - tail)),
    { text: whole.slice(whole.length - tail).join(''), differs: false },
  ];
  return joined(runs);
}

/** The number of words that both begin with. */
function alike(ours: readonly string[], theirs: readonly string[]): number {
  const differs = ours.findIndex((word, i) => word !== theirs[i]);
  return differs < 0 ? ours.length : differs;
}

function between(ours: readonly string[], theirs: readonly string[]): Run[] {
  if (ours.length * theirs.length > MOST_PAIRS) return [{ text: ours.join(''), differs: true }];
  const width = theirs.length + 1;
  /** `[our word][their word]`: length of the longest common subsequence from there on. */
  const common = new Uint16Array((ours.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = ours.length - 1; i >= 0; i--) {
    for (let j = theirs.length - 1; j >= 0; j--) {
      common[i * width + j] = ours[i] === theirs[j] ? 1 + at(i + 1, j + 1) : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const runs: Run[] = [];
  let j = 0;
  for (const [i, word] of ours.entries()) {
    while (j < theirs.length && theirs[j] !== word && at(i, j + 1) === at(i, j)) j++;
    const isCommon = theirs[j] === word && at(i, j) === 1 + at(i + 1, j + 1);
    runs.push({ text: word, differs: !isCommon });
    if (isCommon) j++;
  }
  return runs;
}

function joined(runs: readonly Run[]): Run[] {
  const whole: Run[] = [];
  for (const { text, differs } of runs) {
    const last = whole.at(-1);
    if (last?.differs === differs) whole[whole.length - 1] = { text: last.text + text, differs };
    else if (text !== '') whole.push({ text, differs });
  }
  return whole;
}

function splitWords(text: string): string[] {
  return Array.from(words.segment(text), ({ segment }) => segment);
}
