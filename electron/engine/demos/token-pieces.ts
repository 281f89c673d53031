// The text of each token. A token may end within a character, so bytes become text in the
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
