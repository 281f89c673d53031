// Whether llama.cpp would load a model: asked of llama.cpp itself, with everything but the tensors' data. A header can be
// in perfect order and still describe no model: a size that contradicts a shape, a tensor of another name.
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import type { Backend } from '../base/backend/backend.ts';
import { loadFailure, type ModelFiles } from '../base/backend/load-files.ts';
import type { IdentifyOptions } from './identity.ts';
import { identified, isModelsFault, openModel, type InspectedModel, type ReadModel } from './inspect.ts';

/**
 * Inspects a model, and where nothing in its header speaks against pruning, has llama.cpp check it.
 * @throws WinnowError as `inspectModel` and `requireLoadable`
 */
export async function inspectLoadable(
  path: string,
  backend: Backend,
  options?: IdentifyOptions,
): Promise<InspectedModel> {
  return identified(await openLoadable(path, backend), options);
}

/** The same by the headers alone. */
export async function openLoadable(path: string, backend: Backend): Promise<ReadModel> {
  const model = await openModel(path, backend);
  if (model.info.prunable.ok) await requireLoadable(model.info, backend);
  return model;
}

/**
 * Takes as long as loading the vocabulary, up to a second.
 * @param backend a worker; a model that is loaded there stays
 * @throws WinnowError GGUF_CORRUPT, OUT_OF_MEMORY, BACKEND_CRASHED
 */
export async function requireLoadable({ path, parts }: ModelFiles, backend: Backend): Promise<void> {
  try {
    await backend.call('checkLoad', { parts: [...parts] });
  } catch (error) {
    const failure = loadFailure(error, path);
    if (!(failure instanceof WinnowError) || failure.code !== 'BACKEND_CRASHED' || !isModelsFault(failure))
      throw failure;
    throw new WinnowError(
      'GGUF_CORRUPT',
      say('loadEnds', { path, reason: String(failure.details.reason) }),
      failure.details,
      error,
    );
  }
}
