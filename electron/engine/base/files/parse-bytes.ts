// Sizes that a command is given.
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { bytesOfText } from '../../../contract/size-text.ts';

/** @throws WinnowError USAGE when the text is no size as `bytesOfText` reads them */
export function parseBytes(text: string): number {
  const sizeBytes = bytesOfText(text);
  if (sizeBytes === null) throw new WinnowError('USAGE', say('notASize', { text }), { text });
  return sizeBytes;
}
