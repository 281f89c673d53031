// Starts a chat worker with a loaded model.
import { saidBy, WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/requests.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { loadFailure } from '../../base/backend/load-files.ts';
import { WorkerClient } from '../../base/backend/worker-client.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { openModelFiles } from '../../models/model-files.ts';
import { methods, type Result } from './protocol.ts';

/**
 * Where the model runs. node-llama-cpp's binding cannot assign single tensors to the host, so whole layers stay in RAM if
 * not all fit the GPU.
 */
export type ChatPlacement = Pick<Placement, 'gpu' | 'gpuLayers' | 'threads'>;

export type OpenHooks = {
  readonly signal?: AbortSignal | undefined;
  /** The percentage, 0 to 100. */
  readonly onProgress?: ((percent: number) => void) | undefined;
};

/**
 * Starts a worker and loads a model into it.
 * @param contextSize tokens of context for which GPU memory is reserved
 * @throws WinnowError as openModelFiles and loadFailure
 */
export async function startChatProcess(
  path: string,
  placement: ChatPlacement,
  contextSize: number,
  host: WorkerHost,
  { signal, onProgress }: OpenHooks,
): Promise<{ process: WorkerClient<typeof methods>; model: Result<'load'> }> {
  const [first] = await openModelFiles(path);
  const process = new WorkerClient('chat', methods, host({ entry: 'chat', args: [] }));
  try {
    const { gpu, gpuLayers, threads } = placement;
    const model = await process.call(
      'load',
      { path: first?.path ?? path, gpu, gpuLayers, threads, contextSize },
      { signal, onProgress: (done, total) => onProgress?.((100 * done) / total) },
    );
    return { process, model };
  } catch (error) {
    await process.close();
    throw loadFailure(error, path);
  }
}

/**
 * The call's result; an error names the model, since there may be several.
 * @param again what to do when the worker has died
 */
export async function named<T>(path: string, call: Promise<T>, again: Sentence): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code === 'CANCELLED') throw error;
    const remedy = error.code === 'BACKEND_CRASHED' ? [again] : [];
    throw new WinnowError(error.code, say('chatFailed', { path, reason: saidBy(error), remedy }), error.details, error);
  }
}
