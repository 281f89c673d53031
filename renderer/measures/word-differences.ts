// Where a text differs from another one, word by word.

type Run = { readonly text: string; readonly differs: boolean };

const words = new Intl.Segmenter(undefined, { granularity: 'word' });

/** @returns the text in runs; those that differ are not in the longest sequence of words that both texts have in order */
export function wordDifferences(text: string, other: string): readonly Run[] {
  const ours = wordsOf(text);
  const theirs = wordsOf(other);
  const width = theirs.length + 1;
  /** `[our word][their word]`: the longest sequence from there on. */
  const common = new Uint16Array((ours.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = ours.length - 1; i >= 0; i--) {
    for (let j = theirs.length - 1; j >= 0; j--) {
      common[i * width + j] = ours[i] === theirs[j] ? 1 + at(i + 1, j + 1) : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const runs: Run[] = [];
  const add = (word: string, differs: boolean): void => {
    const last = runs.at(-1);
    if (last?.differs === differs) runs[runs.length - 1] = { text: last.text + word, differs };
    else runs.push({ text: word, differs });
  };
  let j = 0;
  for (const [i, word] of ours.entries()) {
    while (j < theirs.length && theirs[j] !== word && at(i, j + 1) === at(i, j)) j++;
    const isCommon = theirs[j] === word && at(i, j) === 1 + at(i + 1, j + 1);
    add(word, !isCommon);
    if (isCommon) j++;
  }
  return runs;
}

function wordsOf(text: string): string[] {
  return Array.from(words.segment(text), ({ segment }) => segment);
}
