// Chooses the tokens of each demo that a fit sees: all tokens of a short demo, a window around the answer of a long one.

/** The share of a window before the answer. */
const PROMPT_SHARE = 0.25;

type Tokens = {
  readonly tokens: Int32Array;
  /** 1 for each token that belongs to an answer. */
  readonly answers: Uint8Array;
};

/**
 * The windows of demos.
 * @param tokens maximum tokens of all windows together
 * @param length maximum tokens of each window; if no demo is shorter, all windows are equally long
 */
export function demoWindows(demos: readonly Tokens[], tokens: number, length: number = Infinity): Tokens[] {
  const most = Math.min(
    length,
    longestEach(
      demos.map((demo) => demo.tokens.length),
      tokens,
    ),
  );
  return demos.map((demo) => demoWindow(demo, most));
}

/** The maximum tokens per demo so that all demos together stay within the total. */
function longestEach(lengths: readonly number[], total: number): number {
  const ascending = lengths.toSorted((a, b) => a - b);
  let left = total;
  for (const [place, length] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - place));
    if (length > share) return share;
    left -= length;
  }
  return Infinity;
}

/** Cuts a window out of a demo. The demo's first token stays in front, as in everything that the model was trained on. */
function demoWindow({ tokens, answers }: Tokens, most: number): Tokens {
  if (tokens.length <= most) return { tokens, answers };
  const inside = most - 1;
  const answer = Math.max(1, answers.indexOf(1));
  const start = Math.min(tokens.length - inside, Math.max(1, answer - Math.floor(PROMPT_SHARE * inside)));
  const cut = <T extends Int32Array | Uint8Array>(values: T): T => {
    const window = values.slice(start - 1, start + inside) as T;
    window[0] = values[0]!;
    return window;
  };
  return { tokens: cut(tokens), answers: cut(answers) };
}
