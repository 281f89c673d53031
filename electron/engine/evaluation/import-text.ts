// Imports a plain text that models of a domain are measured on.
import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import { TEXT_EXTENSIONS } from '../../contract/file-extensions.ts';
import { displayBytes } from '../files/display-bytes.ts';
import type { Store } from '../store/database.ts';
import { addHeldOutText, domainWithDemo, type StoredText } from '../store/held-out-texts.ts';
import { readEvaluationText } from './evaluate.ts';

const EXTENSIONS = TEXT_EXTENSIONS.map((extension) => `.${extension}`);
/** Sixteen MiB are about four million tokens, hours of measuring. The database keeps the text. */
const MAX_BYTES = 16 << 20;

/**
 * @returns the text, also where the domain holds it already
 * @throws WinnowError DEMO_FORMAT: no plain text; FILE_UNREADABLE: too large, not UTF-8; USAGE: it is a demo; and as
 * readEvaluationText
 */
export async function importHeldOutText(store: Store, domainId: number, path: string): Promise<StoredText> {
  const name = basename(path);
  if (!EXTENSIONS.includes(extname(path).toLowerCase())) {
    throw new WinnowError(
      'DEMO_FORMAT',
      `${name} is no plain text (${EXTENSIONS.join(', ')}). Save what the model is to be measured on as one text.`,
      { path },
    );
  }
  const info = await stat(path).catch(() => null);
  if (info?.isFile() && info.size > MAX_BYTES) {
    throw new WinnowError(
      'FILE_UNREADABLE',
      `${name} has ${displayBytes(info.size)}; a held-out text may have ${displayBytes(MAX_BYTES)}. Cut it.`,
      { path },
    );
  }
  const content = await readEvaluationText(path);
  if (content.includes('\0')) {
    throw new WinnowError('DEMO_FORMAT', `${name} holds binary data, not text. Choose a plain text file.`, { path });
  }
  const domain = domainWithDemo(store, content);
  if (domain !== undefined) {
    throw new WinnowError(
      'USAGE',
      `${name} is a demo of ${domain}: calibration and evaluation are kept apart. Choose another text, or delete that demo first.`,
      { path },
    );
  }
  return addHeldOutText(store, domainId, name, content).text;
}
