// Tokens as pieces of text to render.

/** `even` and `odd` are adjacent tokens; `plain` is ordinary text of any length. */
export type TextRun = { readonly kind: 'special' | 'plain' | 'even' | 'odd'; readonly text: string };

/**
 * Splits the tokens into runs.
 * @param special indices of special tokens
 * @param showTokens each token is a run of its own; otherwise ordinary tokens are joined
 */
export function textRuns(pieces: readonly string[], special: readonly number[], showTokens: boolean): TextRun[] {
  const places = new Set(special);
  const runs: TextRun[] = [];
  let joined = '';
  const flush = (): void => {
    if (joined !== '') runs.push({ kind: 'plain', text: joined });
    joined = '';
  };
  pieces.forEach((text, at) => {
    if (places.has(at)) {
      flush();
      runs.push({ kind: 'special', text });
    } else if (showTokens) runs.push({ kind: at % 2 === 0 ? 'even' : 'odd', text });
    else joined += text;
  });
  flush();
  return runs;
}
