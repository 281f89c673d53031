// The bytes that each place holds of a placed model, before anything is loaded.
import type { Repack } from '../../../contract/repack.ts';
import type { Placement } from '../../../contract/requests.ts';
import { CACHE_ELEMENT_BYTES } from './kv-cache.ts';
import { sharedBytes } from './reading.ts';
import { HOST, layerCount, layerMap, type LayerMap } from './layer-map.ts';
import { RESERVED_BYTES, type DeviceMemory } from './machine-snapshot.ts';
import type { ModelShape } from './model-shape.ts';

/** What is computed with the model, as far as it determines memory. */
export type Workload = {
  /** Cells of the KV cache of one sequence, in half precision. */
  readonly cacheTokens: number;
  /** Compute buffers of each device that holds layers, and of the host if it computes. */
  readonly computeBytes: number;
};

/** How many layers the user wants where. */
type LayerWishes = Pick<Placement, 'gpuLayers' | 'cpuExpertLayers'>;

export type PlacementTask = {
  readonly shape: ModelShape;
  /** The devices in the order in which layers are dealt out. */
  readonly devices: readonly DeviceMemory[];
  /** Host memory that may be used, in addition to what is already in use. */
  readonly hostFreeBytes: number;
  readonly choice: LayerWishes;
  readonly workload: Workload;
};

/** The bytes of one layer, wherever it lies, by kind. */
export type LayerBytes = {
  /** Routed experts. */
  readonly experts: number;
  /** All other weights: attention, dense layers, shared experts, embedding, output head. */
  readonly others: number;
  /** KV cache, and the states of recurrent layers. */
  readonly kv: number;
};

/** The bytes of a place. */
type PlacedBytes = LayerBytes & { readonly compute: number };

type DevicePart = {
  readonly name: string;
  /** Number of layers, which follow those of the device before; the output layer comes last. */
  readonly layers: number;
  readonly bytes: PlacedBytes;
};

export type PlacementPlan = {
  /** This many of the last layers lie on devices. */
  readonly gpuLayers: number;
  /** This many of the first MoE layers have their routed experts in host memory, wherever the rest of them lies. */
  readonly cpuExpertLayers: number;
  readonly repack: Repack;
  /** In the order of their layers, including devices without any. */
  readonly devices: readonly DevicePart[];
  readonly host: PlacedBytes;
  /** false: the requested numbers are more than the devices have free. */
  readonly fits: boolean;
};

/** Share of the room for weights that repacked weights may take: such copies stay, whatever else needs memory. */
const REPACK_SHARE = 0.9;
/** The same for everything except the routed experts, if these do not stay in memory. */
const REPACK_OTHERS_SHARE = 0.5;

/** Bytes of every layer in llama.cpp's order: prediction blocks count as layers, and the output layer is last. */
export function layerBytes(shape: ModelShape, { cacheTokens }: Workload): LayerBytes[] {
  const recurrent = shape.layers.filter(({ cachedElements }) => cachedElements === 0).length;
  const stateBytes = shape.stateBytes / Math.max(1, recurrent);
  const layers = Array.from({ length: layerCount(shape) }, (): LayerBytes => ({ others: 0, experts: 0, kv: 0 }));
  for (const { block, cachedElements, experts, others } of shape.layers) {
    const kv = cachedElements * cacheTokens * CACHE_ELEMENT_BYTES;
    layers[block] = { others: others.bytes, experts: experts.bytes, kv: cachedElements === 0 ? stateBytes : kv };
  }
  for (const { block, bytes } of shape.predictionBlocks) layers[block] = { others: bytes, experts: 0, kv: 0 };
  // if the token embedding serves as the output head, this is a second copy of it
  layers[shape.blockCount] = {
    others: (shape.outputHead.bytes || shape.tokenEmbedding.bytes) + shape.rest.bytes,
    experts: 0,
    kv: 0,
  };
  return layers;
}

/**
 * @param deviceLayers number of layers on each device, in device order
 * @param fits as stated in the plan
 */
export function describePlan(
  { shape, workload, devices, hostFreeBytes }: PlacementTask,
  deviceLayers: readonly number[],
  cpuExpertLayers: number,
  fits: boolean,
): PlacementPlan {
  const gpuLayers = deviceLayers.reduce((sum, count) => sum + count, 0);
  const map = layerMap(shape, { deviceLayers, gpuLayers, cpuExpertLayers });
  const held = heldBytes(shape, workload, map, devices.length);
  const parts = devices.map(({ name }, i): DevicePart => {
    const layers = deviceLayers[i] ?? 0;
    const bytes = { ...held[i + 1]!, compute: layers > 0 ? workload.computeBytes : 0 };
    return { name, layers, bytes };
  });
  const onHost = held[HOST]!;
  const computes = gpuLayers < layerCount(shape) || cpuExpertLayers > 0;
  const bytes: PlacedBytes = { ...onHost, compute: computes ? workload.computeBytes : 0 };
  const uses = devices.map(({ isShared }, i) => ({ isShared, bytes: totalBytes(parts[i]!.bytes) }));
  const free = Math.max(0, hostFreeBytes - RESERVED_BYTES - bytes.kv - bytes.compute - sharedBytes(uses));
  return { gpuLayers, cpuExpertLayers, repack: pickRepack(bytes, free), devices: parts, host: bytes, fits };
}

/** Weights of the host and of each device of a plan, in that order. */
export function placedWeights(shape: ModelShape, load: Parameters<typeof layerMap>[1]): number[] {
  const held = heldBytes(shape, { cacheTokens: 0, computeBytes: 0 }, layerMap(shape, load), load.deviceLayers.length);
  return held.map(({ experts, others }) => experts + others);
}

/** Weights and cache of each place, the host first. */
function heldBytes(
  shape: ModelShape,
  workload: Workload,
  { layers, predictionBlocks, output }: LayerMap,
  devices: number,
): LayerBytes[] {
  const places = Array.from({ length: devices + 1 }, () => ({ others: 0, experts: 0, kv: 0 }));
  const sizes = layerBytes(shape, workload);
  shape.layers.forEach(({ block }, at) => {
    const spot = layers[at]!;
    const { others, experts, kv } = sizes[block]!;
    places[spot.others]!.others += others;
    places[spot.others]!.kv += kv;
    places[spot.experts]!.experts += experts;
  });
  shape.predictionBlocks.forEach(({ bytes }, at) => (places[predictionBlocks[at]!]!.others += bytes));
  places[output]!.others += sizes[shape.blockCount]!.others;
  // if the output layer is here, the token embedding as the head is not a second copy
  const isSecond = output === HOST && shape.outputHead.bytes === 0;
  places[HOST]!.others += isSecond ? 0 : shape.tokenEmbedding.bytes;
  return places;
}

function pickRepack({ experts, others }: PlacedBytes, free: number): Repack {
  if (experts + others <= free * REPACK_SHARE) return 'all';
  return others <= free * REPACK_OTHERS_SHARE ? 'others' : 'none';
}

function totalBytes({ experts, others, kv, compute }: PlacedBytes): number {
  return experts + others + kv + compute;
}
