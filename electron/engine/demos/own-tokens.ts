// Token ids that came with a demo, if they are this model's: its template and its tokenizer are then not needed.
import type { DemoContent } from '../../contract/demo.ts';
import type { Backend } from '../base/backend/backend.ts';
import type { LoadedModel } from '../base/backend/load-files.ts';
import { readTokenPieces } from './token-pieces.ts';

/** Characters allowed for marks of beginning and end, and the like: a text's tokens say hardly more than the text. */
const MARKS = 64;

/**
 * The ids, if all are in the model's vocabulary and together say what the demo says, in its order. Padded ids are not used: the
 * padding is not part of the demo.
 * @param backend with the model's vocabulary loaded
 * @returns null: the demo came without ids, or they are another model's, or of another text
 */
export async function ownTokens(
  content: DemoContent,
  { nVocab }: LoadedModel,
  backend: Backend,
  signal?: AbortSignal,
): Promise<Int32Array | null> {
  const { tokenIds } = content;
  if (tokenIds === undefined || isPadded(tokenIds) || tokenIds.some((id) => id >= nVocab)) return null;
  signal?.throwIfAborted();
  const tokens = Int32Array.from(tokenIds);
  const text = (await readTokenPieces(tokens, backend)).join('');
  return says(text, content) ? tokens : null;
}

function isPadded(ids: readonly number[]): boolean {
  return ids.length > 1 && (ids[0] === ids[1] || ids.at(-1) === ids.at(-2));
}

function says(text: string, content: DemoContent): boolean {
  const parts = partsOf(content);
  let at = 0;
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return parts.length > 0 && (content.kind === 'chat' || text.length <= content.text.length + MARKS);
}

function partsOf(content: DemoContent): string[] {
  const texts =
    content.kind === 'text'
      ? [content.text]
      : content.messages.flatMap(({ reasoning_content: reasoning = '', content: said }) => [reasoning, said]);
  return texts.map((text) => text.trim()).filter((text) => text !== '');
}
