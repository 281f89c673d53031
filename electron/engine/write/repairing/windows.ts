// Which tokens of each demo a fit sees: of short demos all, of long ones a window with the answer in it.
import { isOfAnswer } from '../../demos/token-classes.ts';

/** Of a window, what stands before the answer. */
const PROMPT_SHARE = 0.25;

type DemoWindow = {
  readonly tokens: Int32Array;
  /** Of each token, whether it belongs to an answer. */
  readonly answers: Uint8Array;
};

/**
 * @param tokens of all windows together, at most
 * @param length of each, at most; all are as long as each other where none is shorter
 */
export function demoWindows(
  demos: readonly { readonly tokens: Int32Array; readonly classes: Uint8Array }[],
  tokens: number,
  length: number = Infinity,
): DemoWindow[] {
  const most = Math.min(
    length,
    longestEach(
      demos.map((demo) => demo.tokens.length),
      tokens,
    ),
  );
  return demos.map((demo) => demoWindow(demo, most));
}

/** The tokens that each may have at most, so that all together have no more than the total. */
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

/** The first token stays in front, as in all that the model was trained on. */
function demoWindow(
  { tokens, classes }: { readonly tokens: Int32Array; readonly classes: Uint8Array },
  most: number,
): DemoWindow {
  const answers = isOfAnswer(classes);
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
