// Which devices hold the model, and what of it.
import { gpuBackendFiles, type Device } from '../../../native/index.ts';
import { WinnowError } from '../../contract/errors.ts';
import type { ModelInfo } from '../../contract/model-info.ts';
import type { PlacementPlan, Repack } from '../../contract/placement-plan.ts';
import type { Placement } from '../../contract/requests.ts';
import { readModel } from '../models/inspect.ts';
import { openModelFiles } from '../models/model-files.ts';
import { MAX_BLOCKS, modelShape, type ModelShape } from './model-shape.ts';
import type { Backend } from '../backend/backend.ts';
import { hostMemory } from './host-memory.ts';
import { planPlacement, type DeviceMemory } from './plan-placement.ts';
import type { Params } from '../backend/protocol.ts';
import { USUAL_NEED, workloadOf, type Need } from './workload.ts';

/** Where both see the same card, the backend made for it goes first. */
const BACKEND_ORDER = ['CUDA', 'Metal', 'MTL', 'Vulkan'];

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

/** Whether a GPU has no memory of its own: it takes a part of the host's. Apple's own chips have one memory for all. */
export function sharesMemory({ backend, type }: Pick<Device, 'backend' | 'type'>): boolean {
  return type === 'igpu' || ((backend === 'Metal' || backend === 'MTL') && process.arch === 'arm64');
}

/** Where a model lies, as decided: what its results' bits depend on. */
export type PlacedModel = {
  /** Names as llama.cpp has them; none: the CPU. */
  readonly devices: string[];
  /** The last so many, the output layer included. */
  readonly gpuLayers: number;
  /** The first so many MoE layers have their routed experts in host memory. */
  readonly cpuExpertLayers: number;
  readonly repack: Repack;
};

/** The same, with what leaves the bits alone. */
export type LoadPlan = PlacedModel & {
  /** Layers of each device; none: llama.cpp deals them out by free memory. */
  readonly deviceLayers?: readonly number[];
};

/** What to load a model with. */
export function loadParams(
  info: Pick<ModelInfo, 'moeLayers' | 'blockCount'>,
  placed: LoadPlan,
): Omit<Params<'load'>, 'parts' | 'vocabOnly'> {
  const { cpuExpertLayers, deviceLayers = [], ...rest } = placed;
  const hostBlocks = placed.devices.length > 0 ? info.blockCount + 1 - placed.gpuLayers : Infinity;
  const staysMapped = placed.repack === 'others';
  return {
    ...rest,
    deviceLayers: [...deviceLayers],
    cpuExpertBlocks: info.moeLayers.filter(
      (block, layer) => layer < cpuExpertLayers || (staysMapped && block < hostBlocks),
    ),
  };
}

/** Of a plan, what the results' bits depend on, and what loads the model so. */
export function loadPlanOf({ devices, gpuLayers, cpuExpertLayers, repack }: PlacementPlan): LoadPlan {
  const used = gpuLayers > 0 ? devices : [];
  return {
    devices: used.map(({ name }) => name),
    deviceLayers: used.map(({ layers }) => layers),
    gpuLayers,
    cpuExpertLayers,
    repack,
  };
}

/** What is read of a model: one without its fingerprint is enough. */
export type PlacedInfo = Omit<ModelInfo, 'fingerprint'>;

export type PlanOptions = {
  /** Without it the model's headers are read. */
  readonly shape?: ModelShape;
  /** What is to be computed. */
  readonly need?: Need;
};

/**
 * Plans where a model lies on this machine.
 * @throws WinnowError GPU_UNAVAILABLE when a GPU was asked for by name and there is none
 */
export async function planModel(
  info: PlacedInfo,
  options: Placement,
  backend: Backend,
  { shape, need = USUAL_NEED }: PlanOptions = {},
): Promise<PlacementPlan> {
  const known = shape ?? (await readShape(info, backend));
  return planPlacement({
    shape: known,
    blockCount: Math.min(info.blockCount, MAX_BLOCKS),
    devices: (await gpusFor(options, backend)).map(memoryOf),
    hostFreeBytes: Math.min(hostMemory().freeBytes, options.memoryLimit ?? Infinity),
    choice: options,
    workload: workloadOf(known, need),
  });
}

/** What there is to load a model with. @throws as planModel */
export async function placeModel(...how: Parameters<typeof planModel>): Promise<LoadPlan> {
  return loadPlanOf(await planModel(...how));
}

async function readShape(info: PlacedInfo, backend: Backend): Promise<ModelShape> {
  return modelShape(await readModel(await openModelFiles(info.path), backend));
}

async function gpusFor({ gpu }: Placement, backend: Backend): Promise<readonly Device[]> {
  if (gpu === 'off') return [];
  const gpus = gpusOf(await backend.call('devices', {}), gpu);
  if (gpus.length > 0 || gpu === 'auto') return gpus;
  const installed = gpuBackendFiles().some(({ kind }) => kind === gpu);
  const why = installed
    ? `its backend is installed, but no driver offers a device (see "winnow doctor")`
    : `the package @node-llama-cpp/…-${gpu} is not installed for this platform`;
  throw new WinnowError('GPU_UNAVAILABLE', `There is no ${gpu} device: ${why}. Use --gpu auto or --gpu off.`, { gpu });
}

/** A device that does not say what it has, has what the host has, as llama.cpp takes it. */
function memoryOf(device: Device): DeviceMemory {
  const isUnknown = device.memoryTotal === 0 && device.memoryFree === 0;
  return {
    name: device.name,
    kind: 'gpu',
    freeBytes: isUnknown ? hostMemory().freeBytes : device.memoryFree,
    isShared: isUnknown || sharesMemory(device),
  };
}
