// What is read from disk while tokens pass through a model that the host maps from its file, and what stays in memory.
import type { Repack } from '../../../contract/repack.ts';
import { HOST, type LayerMap } from './layer-map.ts';
import type { ModelShape } from './model-shape.ts';
import { sum } from '../../base/statistics/numbers.ts';

/** Bytes of one layer that the host maps and may drop from memory. */
type MappedLayer = { readonly others: number; readonly experts: number };

export type HostWeights = {
  readonly layers: readonly MappedLayer[];
  /** Weights that always stay in host memory, since they are repacked. */
  readonly fixedBytes: number;
};

/** Where the weights are while they are used; every pass reads again what does not stay in memory. */
type Residency =
  /** All weights stay in memory. */
  | 'all'
  /** A layer stays while a ubatch passes through it: each ubatch reads the model once. */
  | 'layer'
  /** Not even one layer stays: a ubatch reads the experts once for each of its slices. */
  | 'none';

/** How the system is told what will be read next. */
type Paging = {
  /** Bytes of the next layer that are read ahead while one is computed. */
  readonly aheadBytes: number;
  /** This many of the first layers stay in memory from one ubatch to the next. */
  readonly keepLayers: number;
};

export type HostReading = {
  /** Bytes read from disk over all ubatches, if nothing of the model is in memory before. */
  readonly readBytes: number;
  readonly residency: Residency;
  /** Set if a layer stays in memory but the model does not; null: the system is told nothing. */
  readonly paging: Paging | null;
};

/** Share of a layer's weights that the system keeps in addition: pages that are read ahead or not yet dropped. */
const LAYER_SLACK = 0.1;

/** The weights that lie in host memory, or are read from disk. @param spots of each of the shape's layers */
export function hostWeights(layers: ModelShape['layers'], spots: LayerMap['layers'], repack: Repack): HostWeights {
  const here = layers.map(({ others, experts }, at): MappedLayer => ({
    others: spots[at]?.others === HOST ? others.bytes : 0,
    experts: spots[at]?.experts === HOST ? experts.bytes : 0,
  }));
  if (repack === 'none') return { layers: here, fixedBytes: 0 };
  const mapped = here.map(({ experts }): MappedLayer => ({ others: 0, experts: repack === 'all' ? 0 : experts }));
  return { layers: mapped, fixedBytes: sum(here.map(mappedBytes)) - sum(mapped.map(mappedBytes)) };
}

/**
 * @param free bytes of host memory that cache, buffers and the worker itself leave for weights; negative if not even these fit
 * @param ubatches each goes through all layers once
 * @param slices parts that the routed experts are computed in, over all ubatches
 */
export function toReading(
  { layers, fixedBytes }: HostWeights,
  free: number,
  ubatches: number,
  slices: number,
): HostReading {
  const sizes = layers.map(mappedBytes);
  const mapped = sum(sizes);
  const all = fixedBytes + mapped;
  const spare = free - fixedBytes;
  if (mapped <= spare) return { readBytes: all, residency: 'all', paging: null };
  const largest = Math.max(0, ...sizes);
  if (largest * (1 + LAYER_SLACK) <= spare) {
    const paging = pagingIn(spare, largest);
    const kept = sum(sizes.slice(0, paging.keepLayers));
    return { readBytes: all + (ubatches - 1) * (mapped - kept), residency: 'layer', paging };
  }
  const others = sum(layers.map((layer) => layer.others));
  const readBytes = fixedBytes + others * ubatches + (mapped - others) * slices;
  return { readBytes, residency: 'none', paging: null };
}

/** Divides what the current layer leaves: first for the next layer, then for layers that need not be read again. */
function pagingIn(spare: number, largest: number): Paging {
  const left = spare - largest * (1 + LAYER_SLACK);
  const aheadBytes = Math.floor(Math.min(left, largest));
  return { aheadBytes, keepLayers: Math.floor((left - aheadBytes) / largest) };
}

function mappedBytes({ others, experts }: MappedLayer): number {
  return others + experts;
}

/** What lies on a device other than the host. */
type DeviceUse = {
  /** Whether the device has no memory of its own, but uses part of the host's. */
  readonly isShared: boolean;
  /** Weights, cache and compute buffers. */
  readonly bytes: number;
};

/** Bytes of host memory that devices use. */
export function sharedBytes(devices: readonly DeviceUse[]): number {
  return devices.reduce((sum, { isShared, bytes }) => sum + (isShared ? bytes : 0), 0);
}
