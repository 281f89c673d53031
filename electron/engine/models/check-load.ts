// Whether llama.cpp would load a model: llama.cpp itself checks everything but the tensors' data. A header can be perfectly
// well formed and still not describe a model: a size may contradict a shape, or a tensor may have another name.
import { WinnowError } from '../../contract/errors.ts';
import { msg } from '../../contract/sentences.ts';
import { type Backend, loadFailure, type ModelFiles } from '../base/backend/backend.ts';
import type { IdentifyOptions } from './identity.ts';
import { identified, isModelsFault, openModel, type InspectedModel, type ReadModel } from './inspect.ts';

/**
 * Inspects a model and, if nothing in its header rules out pruning, has llama.cpp check it.
 * @throws WinnowError as `inspectModel` and `requireLoadable`
 */
export async function inspectLoadable(
  path: string,
  backend: Backend,
  options?: IdentifyOptions,
): Promise<InspectedModel> {
  return identified(await openLoadable(path, backend), options);
}

/** The same, but only from the headers. */
export async function openLoadable(path: string, backend: Backend): Promise<ReadModel> {
  const model = await openModel(path, backend);
  if (model.info.prunable.ok) await requireLoadable(model.info, backend);
  return model;
}

/**
 * Has llama.cpp check a model. This takes as long as loading the vocabulary, up to a second.
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
      msg('loadEnds', { path, reason: String(failure.details.reason) }),
      failure.details,
      error,
    );
  }
}
