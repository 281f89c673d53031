// Loads a model with node-llama-cpp: only its prebuilt binaries, nothing is downloaded or compiled.
import { getLlama, LlamaLogLevel, NoBinaryFoundError, type Llama, type LlamaModel } from 'node-llama-cpp';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Task } from '../../base/backend/answer-calls.ts';
import type { Params } from './protocol.ts';

type Gpu = Params<'load'>['gpu'];

/** The number of units into which progress is divided. */
const PROGRESS_TOTAL = 1e6;

/** @throws WinnowError GPU_UNAVAILABLE, NATIVE_BUILD; plain errors of node-llama-cpp for files that it refuses */
export async function loadModel(params: Params<'load'>, { signal, onProgress }: Task): Promise<LlamaModel> {
  const { path, gpu, gpuLayers, threads, contextSize } = params;
  const llama = await startLlama(gpu, threads);
  const model = await llama.loadModel({
    modelPath: path,
    // mapped weights can be larger than the memory; by default, node-llama-cpp may read all of them into it
    useMmap: llama.supportsMmap,
    gpuLayers: gpuLayers === 'auto' ? { fitContext: { contextSize } } : gpuLayers,
    loadSignal: signal,
    onLoadProgress: (share) => onProgress(Math.round(share * PROGRESS_TOTAL), PROGRESS_TOTAL),
  });
  // the last progress report may come too late
  onProgress(PROGRESS_TOTAL, PROGRESS_TOTAL);
  return model;
}

async function startLlama(gpu: Gpu, threads: number): Promise<Llama> {
  try {
    const llama = await getLlama({
      gpu: gpu === 'off' ? false : gpu,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      maxThreads: threads,
      logLevel: LlamaLogLevel.warn,
      // the host keeps the last lines for error messages
      logger: (_level, message) => void process.stderr.write(`${message}\n`),
    });
    if (gpu !== 'auto' && gpu !== 'off' && !(await runsOn(llama, gpu))) throw noGpu(gpu);
    return llama;
  } catch (error) {
    if (!(error instanceof NoBinaryFoundError)) throw error;
    if (gpu !== 'auto' && gpu !== 'off') throw noGpu(gpu);
    throw new WinnowError(
      'NATIVE_BUILD',
      say('noChatProgram', { platform: process.platform, arch: process.arch }),
      {},
      error,
    );
  }
}

/** Whether the model runs on the requested kind of GPU: node-llama-cpp falls back to another kind, or to the CPU without a device. */
async function runsOn(llama: Llama, gpu: Gpu): Promise<boolean> {
  return llama.gpu === gpu && (await llama.getGpuDeviceNames()).length > 0;
}

function noGpu(gpu: Gpu): WinnowError {
  return new WinnowError('GPU_UNAVAILABLE', say('noChatDevice', { gpu }), {
    gpu,
  });
}
