// Loads a model into a backend worker, with errors that name the file.
import { WinnowError, type ErrorCode } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { Placement } from '../../contract/requests.ts';
import type { Backend } from './backend.ts';
import type { CallOptions } from './worker-client.ts';
import { loadParams, placeModel, type LoadPlan, type PlacedInfo, type PlanOptions } from '../placement/place-model.ts';
import { placeOnMachines } from '../placement/machine-split.ts';
import type { Params, Result } from './protocol.ts';

export type LoadedModel = Result<'load'>;

export type LoadModelOptions = CallOptions & {
  /** Where it lies, if that was decided already. */
  readonly placed?: LoadPlan;
};

/** Where a model lies: one path that names it, and all of its files in order. */
export type ModelFiles = Pick<ModelInfo, 'path' | 'parts'>;

/** Failures to load that have nothing to do with the file. */
const UNRELATED: readonly ErrorCode[] = [
  'CANCELLED',
  'FILE_UNREADABLE',
  'GPU_UNAVAILABLE',
  'MACHINE_UNAVAILABLE',
  'NATIVE_BUILD',
];
const OUT_OF_MEMORY = /out of memory|failed to allocate|unable to allocate|bad_alloc/i;

/**
 * @throws WinnowError GGUF_CORRUPT when llama.cpp refuses the file or dies of it, BACKEND_CRASHED when something kills it,
 * OUT_OF_MEMORY, GPU_UNAVAILABLE, MACHINE_UNAVAILABLE, CANCELLED
 */
export async function loadModel(
  backend: Backend,
  info: ModelInfo,
  placement: Placement,
  { placed, ...options }: LoadModelOptions = {},
): Promise<LoadedModel> {
  const how = await howToLoad(backend, info, placement, { ...options, ...(placed && { placed }) });
  return load(backend, info, { ...loadParams(info, how), vocabOnly: false }, options);
}

/**
 * Where a model will lie, other machines included.
 * @throws WinnowError GPU_UNAVAILABLE, MACHINE_UNAVAILABLE
 */
export async function howToLoad(
  backend: Backend,
  info: PlacedInfo,
  placement: Placement,
  { placed, signal, ...plan }: PlanOptions & Pick<LoadModelOptions, 'placed' | 'signal'>,
): Promise<LoadPlan> {
  if (placement.rpc.length > 0) return placeOnMachines(info, placement, backend, { signal });
  return placed ?? placeModel(info, placement, backend, plan);
}

/**
 * What contexts for scoring would allocate, by device; null where llama.cpp cannot make one. Nothing is loaded.
 * @throws WinnowError as loadModel
 */
export async function scoringMemory(
  backend: Backend,
  info: ModelFiles & Pick<ModelInfo, 'moeLayers' | 'blockCount'>,
  placed: LoadPlan,
  contexts: Params<'scoringMemory'>['contexts'],
  options: CallOptions = {},
): Promise<Result<'scoringMemory'>> {
  try {
    const where = loadParams(info, placed);
    return await backend.call('scoringMemory', { parts: [...info.parts], ...where, contexts }, options);
  } catch (error) {
    throw loadFailure(error, info.path);
  }
}

/** @returns what loads the model when it is first called, and gives that one from then on */
export function loadOnce(...how: Parameters<typeof loadModel>): () => Promise<LoadedModel> {
  let model: Promise<LoadedModel> | undefined;
  return () => (model ??= loadModel(...how));
}

/**
 * Loads the tokenizer alone: fast, and enough to count tokens.
 * @throws as loadModel, and as requireVocabulary
 */
export async function loadVocabulary(backend: Backend, files: ModelFiles): Promise<LoadedModel> {
  const model = await load(
    backend,
    files,
    {
      devices: [],
      gpuLayers: 0,
      deviceLayers: [],
      cpuExpertBlocks: [],
      repack: 'none',
      vocabOnly: true,
    },
    {},
  );
  requireVocabulary(model, files);
  return model;
}

/** @throws WinnowError GGUF_CORRUPT for a model without tokenizer: llama.cpp would end the process when asked for tokens */
export function requireVocabulary(model: LoadedModel, { path }: ModelFiles): void {
  if (model.hasVocab) return;
  throw new WinnowError(
    'GGUF_CORRUPT',
    `${path} has no tokenizer (keys tokenizer.ggml.*), so it cannot read text. Convert the model again with its tokenizer.`,
    { path },
  );
}

async function load(
  backend: Backend,
  files: ModelFiles,
  how: Omit<Params<'load'>, 'parts'>,
  options: CallOptions,
): Promise<LoadedModel> {
  try {
    const model = await backend.call('load', { parts: [...files.parts], ...how }, options);
    backend.model = files.path;
    return model;
  } catch (error) {
    throw loadFailure(error, files.path);
  }
}

/** What an error of loading says of the file: GGUF_CORRUPT, OUT_OF_MEMORY or BACKEND_CRASHED; others stay as they are. */
export function loadFailure(error: unknown, path: string): unknown {
  if (!(error instanceof WinnowError) || UNRELATED.includes(error.code)) return error;
  // another machine is the cause
  if (error.details.endpoint !== undefined) return error;
  // llama.cpp aborts on files that it does not like; whatever else ends a worker is not the file's fault
  if (error.code === 'BACKEND_CRASHED' && error.details.reason !== 'signal SIGABRT') {
    return new WinnowError(error.code, `Loading ${path} failed: ${error.message}`, error.details, error);
  }
  const reason = saidOf(error);
  if (error.code === 'OUT_OF_MEMORY' || OUT_OF_MEMORY.test(reason)) {
    return new WinnowError('OUT_OF_MEMORY', `${path} does not fit into memory: ${reason}`, error.details, error);
  }
  return new WinnowError(
    'GGUF_CORRUPT',
    `llama.cpp does not load ${path}: ${reason}. Download or convert the model again.`,
    error.details,
    error,
  );
}

/** llama.cpp's lines without the functions that print them, and without the last one, which only says that it failed. */
function saidOf(error: WinnowError): string {
  const lines = ((error.details.log as string[] | undefined) ?? []).map((line) =>
    line.replace(/^\w+: (error loading model: )?(\w+: )?/, '').replace(/^\S+[\\/](?=[\w-]+\.\w+:\d+: )/, ''),
  );
  const telling = lines.filter((line) => line !== 'failed to load model');
  return telling.length > 0 ? telling.join('; ') : error.message.replace(/\.$/, '');
}

/** The mask for the worker, `[block][expert]`, from the kept experts of each MoE layer. */
export function blockMask(kept: readonly (readonly number[])[], info: ModelInfo, nLayers: number): Uint8Array {
  const mask = new Uint8Array(nLayers * info.nExpert).fill(1);
  info.moeLayers.forEach((block, layer) => {
    mask.fill(0, block * info.nExpert, (block + 1) * info.nExpert);
    for (const expert of kept[layer] ?? []) mask[block * info.nExpert + expert] = 1;
  });
  return mask;
}
