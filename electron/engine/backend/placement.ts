// Which devices hold the model, and how many of its layers.
import { gpuBackendFiles, type Device } from '../../../native/index.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { Placement } from '../../contract/requests.ts';
import type { Backend } from './backend.ts';
import type { Params } from './protocol.ts';

/** Where both see the same card, the backend made for it goes first. */
const BACKEND_ORDER = ['CUDA', 'Metal', 'MTL', 'Vulkan'];
/** Share of the free GPU memory that weights may take; caches and compute buffers need the rest. */
const GPU_WEIGHT_SHARE = 0.8;

const BACKENDS_OF_KIND = { cuda: ['CUDA'], metal: ['Metal', 'MTL'], vulkan: ['Vulkan'] } as const;

/** The GPUs of a kind, each once: where several backends see the same cards, those of the first. */
export function gpusOf(devices: readonly Device[], kind: Exclude<Placement['gpu'], 'off'>): readonly Device[] {
  const wanted: readonly string[] = kind === 'auto' ? BACKEND_ORDER : BACKENDS_OF_KIND[kind];
  const gpus = devices.filter(({ type, backend }) => (type === 'gpu' || type === 'igpu') && wanted.includes(backend));
  const rank = ({ backend }: Device): number => {
    const index = BACKEND_ORDER.indexOf(backend);
    return index < 0 ? BACKEND_ORDER.length : index;
  };
  const best = Math.min(...gpus.map(rank));
  return gpus.filter((device) => rank(device) === best);
}

/** Where a model lies, as decided: what its results' bits depend on. */
export type PlacedModel = {
  /** Names as llama.cpp has them; none: the CPU. */
  readonly devices: string[];
  /** The last so many, the output layer included. */
  readonly gpuLayers: number;
  /** The first so many MoE layers have their routed experts in host memory. */
  readonly cpuExpertLayers: number;
  /** Whether the CPU may repack weights. */
  readonly useExtraBuffers: boolean;
};

const ON_CPU: PlacedModel = { devices: [], gpuLayers: 0, cpuExpertLayers: 0, useExtraBuffers: true };

/** What to load a model with. */
export function loadParams(info: Pick<ModelInfo, 'moeLayers'>, placed: PlacedModel): Omit<Params<'load'>, 'parts' | 'vocabOnly'> {
  const { cpuExpertLayers, ...rest } = placed;
  // what is not to stay in memory is not read in advance either
  return { ...rest, prefetch: placed.useExtraBuffers, cpuExpertBlocks: info.moeLayers.slice(0, cpuExpertLayers) };
}

/** How many of the model's layers (output layer included) the given devices hold. */
function fittingLayers(info: Omit<ModelInfo, 'fingerprint'>, cpuExpertLayers: number, freeBytes: number): number {
  const expertShare = info.moeLayers.length > 0 ? cpuExpertLayers / info.moeLayers.length : 0;
  const weights = info.bytes - info.expertBytes * expertShare;
  const layers = info.blockCount + 1;
  const fitting = Math.floor((layers * freeBytes * GPU_WEIGHT_SHARE) / Math.max(weights, 1));
  return Math.min(layers, fitting);
}

/**
 * Decides where a model lies on this machine.
 * @throws WinnowError GPU_UNAVAILABLE when a GPU was asked for by name and there is none
 */
export async function placeModel(
  info: Omit<ModelInfo, 'fingerprint'>,
  options: Placement,
  backend: Backend,
): Promise<PlacedModel> {
  if (options.gpu === 'off') return ON_CPU;

  const gpus = gpusOf(await backend.call('devices', {}), options.gpu);
  if (gpus.length === 0) {
    if (options.gpu === 'auto') return ON_CPU;
    const installed = gpuBackendFiles().some(({ kind }) => kind === options.gpu);
    const why = installed
      ? `its backend is installed, but no driver offers a device (see "winnow doctor")`
      : `the package @node-llama-cpp/…-${options.gpu} is not installed for this platform`;
    throw new WinnowError(
      'GPU_UNAVAILABLE',
      `There is no ${options.gpu} device: ${why}. Use --gpu auto or --gpu off.`,
      { gpu: options.gpu },
    );
  }
  const free = gpus.reduce((sum, { memoryFree }) => sum + memoryFree, 0);
  const cpuExpertLayers =
    options.cpuExpertLayers === 'auto' ? 0 : Math.min(options.cpuExpertLayers, info.moeLayers.length);
  const gpuLayers = options.gpuLayers === 'auto' ? fittingLayers(info, cpuExpertLayers, free) : options.gpuLayers;
  return { devices: gpus.map(({ name }) => name), gpuLayers, cpuExpertLayers, useExtraBuffers: true };
}
