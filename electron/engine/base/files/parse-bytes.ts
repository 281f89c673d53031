// Sizes given to a command.
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { bytesOfText } from '../../../contract/size-text.ts';

/** @throws WinnowError USAGE when the text is not a size that `bytesOfText` reads */
export function parseBytes(text: string): number {
  const sizeBytes = bytesOfText(text);
  if (sizeBytes === null) throw new WinnowError('USAGE', msg('notASize', { text }), { text });
  return sizeBytes;
}
