// Whether llama.cpp would load a model: asked of llama.cpp itself, with everything but the tensors' data. A header can be
// in perfect order and still describe no model: a size that contradicts a shape, a tensor of another name.
import { WinnowError } from '../../contract/errors.ts';
import type { Backend } from '../backend/backend.ts';
import { loadFailure } from '../backend/load-model.ts';
import type { InspectedModel } from './inspect.ts';

/** ggml aborts on memory that begins elsewhere, and llama.cpp maps files as they lie. */
const MAPPED_ALIGNMENT = 32;

/**
 * Takes as long as loading the vocabulary, up to a second.
 * @param backend a worker; a model that is loaded there stays
 * @throws WinnowError GGUF_CORRUPT, OUT_OF_MEMORY, BACKEND_CRASHED
 */
export async function requireLoadable({ info, tensors }: InspectedModel, backend: Backend): Promise<void> {
  const crooked = tensors.find(({ fileOffset }) => fileOffset % MAPPED_ALIGNMENT !== 0);
  if (crooked) {
    throw new WinnowError(
      'GGUF_CORRUPT',
      `${info.parts[crooked.part]} has tensor ${crooked.name} at byte ${crooked.fileOffset}, which is no multiple of ${MAPPED_ALIGNMENT}: llama.cpp cannot map such a file into memory. Convert the model again.`,
      { path: info.parts[crooked.part], tensor: crooked.name, fileOffset: crooked.fileOffset },
    );
  }
  try {
    await backend.call('checkLoad', { parts: [...info.parts] });
  } catch (error) {
    throw loadFailure(error, info.path);
  }
}
