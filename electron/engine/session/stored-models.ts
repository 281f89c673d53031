// Models of the database, found again in the library.
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import { modelName } from '../models/model-name.ts';
import type { StoredModel } from '../store/models.ts';
import type { Services } from './services.ts';

type Model = Pick<StoredModel, 'fingerprint' | 'path' | 'info'>;

/** Its id in the library; null: it is not there. */
export function libraryIdOf({ library }: Services, { fingerprint }: Pick<Model, 'fingerprint'>): string | null {
  return library.findByFingerprint(fingerprint);
}

/**
 * Where the model is now.
 * @throws WinnowError FILE_NOT_FOUND
 */
export function pathOfModel(services: Services, model: Model): string {
  const modelId = libraryIdOf(services, model);
  if (modelId !== null) return services.library.path(modelId);
  // that of a bundle is a name only
  if (isAbsolute(model.path) && existsSync(model.path)) return model.path;
  throw new WinnowError(
    'FILE_NOT_FOUND',
    `${modelName(model.info)} is not on this machine. Put its file back, or add it in Models.`,
    { path: model.path },
  );
}
