// Models of the database, found again in the library.
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { modelName } from '../model-name.ts';
import type { StoredModel } from '../../store/models.ts';
import type { Library } from './library.ts';

/**
 * Where the model is now.
 * @throws WinnowError FILE_NOT_FOUND
 */
export function pathOfStoredModel(
  library: Library,
  { fingerprint, path, info }: Pick<StoredModel, 'fingerprint' | 'path' | 'info'>,
): string {
  const modelId = library.findByFingerprint(fingerprint);
  if (modelId !== null) return library.path(modelId);
  // that of a bundle is a name only
  if (isAbsolute(path) && existsSync(path)) return path;
  throw new WinnowError('FILE_NOT_FOUND', say('modelNotHere', { name: modelName(info) }), { path });
}
