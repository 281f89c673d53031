// Reader of Markdown and plain text: the whole file is one demo.
import { displayBytes } from '../../contract/display-bytes.ts';
import { say } from '../../contract/sentences.ts';
import { MAX_DEMO_BYTES } from './limits.ts';
import { decodeUtf8, NOT_UTF8, readTextChunks, type RowRead } from './source-file.ts';

/** The whole file as one row with the column `text`; a reason instead if it is longer than a demo may be. */
export async function* readText(path: string): AsyncIterable<RowRead> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of readTextChunks(path)) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_DEMO_BYTES) {
      yield { line: 1, reason: say('documentTooLong', { limit: displayBytes(MAX_DEMO_BYTES) }) };
      return;
    }
    chunks.push(chunk);
  }
  if (sizeBytes === 0) return;
  const text = decodeUtf8(Buffer.concat(chunks));
  yield text === null ? { line: 1, reason: NOT_UTF8 } : { line: 1, row: text };
}
