// Finds models of the database in the library.
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { modelName } from '../model-name.ts';
import type { StoredModel } from '../../store/models.ts';
import type { Library } from './library.ts';

/**
 * The path where the model is now.
 * @throws WinnowError FILE_NOT_FOUND
 */
export function pathOfStoredModel(library: Library, { fingerprint, path, info }: StoredModel): string {
  const modelId = library.findByFingerprint(fingerprint);
  if (modelId !== null) return library.path(modelId);
  // for a bundle's model, the path is only a name
  if (isAbsolute(path) && existsSync(path)) return path;
  throw new WinnowError('FILE_NOT_FOUND', say('modelNotHere', { name: modelName(info) }), { path });
}
