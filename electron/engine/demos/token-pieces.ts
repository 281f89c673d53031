// The text of each token, and which tokens are not text. A token may end within a character, so bytes become text in the
// order of the tokens.
import type { Backend } from '../base/backend/backend.ts';

/**
 * The text of each token of a sequence; together they are what the model sees, with special tokens written out. A character
 * whose bytes are spread over several tokens belongs to the last of them; one that is cut in two by the end is
 * left out.
 * @param backend with the model's vocabulary loaded
 */
export async function readTokenPieces(tokens: Int32Array, backend: Backend): Promise<string[]> {
  const { bytes, ends } = await backend.call('tokenPieces', { tokens });
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let start = 0;
  return Array.from(ends, (end) => {
    const piece = decoder.decode(bytes.subarray(start, end), { stream: true });
    start = end;
    return piece;
  });
}

/**
 * Finds the special tokens of a sequence, such as those that open and close a chat's turns: their texts stand for them only
 * if special tokens are parsed.
 * @param pieces of the tokens, as readTokenPieces returns them
 * @returns their indices
 */
export async function findSpecialTokens(
  tokens: Int32Array,
  pieces: readonly string[],
  backend: Backend,
): Promise<number[]> {
  const texts = [...new Set(pieces)];
  const read = (parseSpecial: boolean) =>
    backend.call('tokenize', { texts: texts.map((text) => ({ text, addSpecial: false, parseSpecial })) });
  const [parsed, plain] = await Promise.all([read(true), read(false)]);
  const special = new Map<string, number>();
  texts.forEach((text, i) => {
    const [token, ...rest] = parsed[i] ?? [];
    if (token !== undefined && rest.length === 0 && plain[i]?.join() !== String(token)) special.set(text, token);
  });
  return pieces.flatMap((piece, at) => (special.get(piece) === tokens[at] ? at : []));
}
