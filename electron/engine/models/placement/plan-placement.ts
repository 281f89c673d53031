// Plans where each part of a model lies, from its header and the free memory: bytes in, bytes out, nothing is loaded.
// Attention, dense and shared weights and the cache go to the devices first, because every token uses all of them. A token
// uses few of the routed experts, so these stay in host memory, or on disk, if not everything fits.
import { firstOffloaded, layerCount } from './layer-map.ts';
import { weightBytes } from './model-shape.ts';
import type { DeviceMemory } from './machine-snapshot.ts';
import { describePlan, layerBytes, type LayerBytes, type PlacementPlan, type PlacementTask } from './placed-bytes.ts';

/** Kept free on each device for its driver, and for other programs' changing needs. */
const DEVICE_RESERVE_BYTES = 512 << 20;
const DEVICE_RESERVE_SHARE = 0.06;
/** Number of steps that even out the fill of several devices. */
const EVENING_STEPS = 24;

/**
 * The rule: a model that fits goes to the devices whole. Otherwise the routed experts of as few MoE layers as possible, counted
 * from the first, stay with the host. If it is not enough to leave all of them there, the first layers stay there altogether.
 * What the user fixed stays fixed. Layers go to the devices in order, filling them as evenly as possible.
 */
export function planPlacement(task: PlacementTask): PlacementPlan {
  const { shape, devices, choice } = task;
  const moeLayers = shape.layers.filter(({ isMoe }) => isMoe).map(({ block }) => block);
  const allLayers = layerCount(shape);
  const most = moeLayers.length;
  const capacities = devices.map((device) => freeCapacity(device, task.workload.computeBytes));
  const sizes = layerBytes(shape, task.workload);
  const dealtOut = (cpuExpertLayers: number, gpuLayers: number): Dealt => {
    const onHost = new Set(moeLayers.slice(0, cpuExpertLayers));
    const layers = sizes.map((size, layer) => (onHost.has(layer) ? { ...size, experts: 0 } : size));
    return deal(layers.slice(firstOffloaded(shape, gpuLayers)), capacities);
  };

  let gpuLayers =
    devices.length === 0 ? 0 : Math.min(choice.gpuLayers === 'auto' ? allLayers : choice.gpuLayers, allLayers);
  let cpuExpertLayers = choice.cpuExpertLayers === 'auto' ? 0 : Math.min(choice.cpuExpertLayers, most);
  if (choice.cpuExpertLayers === 'auto' && gpuLayers > 0) {
    while (cpuExpertLayers < most && !dealtOut(cpuExpertLayers, gpuLayers).fits) cpuExpertLayers++;
  }
  if (choice.gpuLayers === 'auto') {
    while (gpuLayers > 0 && !dealtOut(cpuExpertLayers, gpuLayers).fits) gpuLayers--;
  }
  if (gpuLayers === 0) cpuExpertLayers = 0;
  const { counts, fits } = dealtOut(cpuExpertLayers, gpuLayers);
  return describePlan(task, counts, cpuExpertLayers, fits);
}

function freeCapacity({ freeBytes }: DeviceMemory, computeBytes: number): number {
  const reserve = Math.min(DEVICE_RESERVE_BYTES, freeBytes * DEVICE_RESERVE_SHARE);
  return Math.max(0, freeBytes - reserve - computeBytes);
}

type Dealt = {
  /** Number of layers on each device, one after the other. */
  readonly counts: readonly number[];
  readonly fits: boolean;
};

/** Deals layers out in order, so that no device is filled more than necessary, relative to its capacity. */
function deal(layers: readonly LayerBytes[], capacities: readonly number[]): Dealt {
  const sizes = layers.map(({ others, experts, kv }) => others + experts + kv);
  const all = fill(sizes, capacities);
  if (!all) return { counts: byCapacity(sizes.length, capacities), fits: sizes.length === 0 };
  let [low, high, best] = [0, 1, all];
  for (let step = 0; capacities.length > 1 && step < EVENING_STEPS; step++) {
    const middle = (low + high) / 2;
    const filled = fill(
      sizes,
      capacities.map((bytes) => bytes * middle),
    );
    if (filled) [high, best] = [middle, filled];
    else low = middle;
  }
  return { counts: best, fits: true };
}

/** Fills each device with layers until the next one does not fit. @returns null: some are left over */
function fill(sizes: readonly number[], capacities: readonly number[]): number[] | null {
  let next = 0;
  const counts = capacities.map((capacity) => {
    const first = next;
    let used = 0;
    for (let size = sizes[next]; size !== undefined && used + size <= capacity; size = sizes[next]) {
      used += size;
      next++;
    }
    return next - first;
  });
  return next === sizes.length ? counts : null;
}

/** Layers of each device in proportion to capacity, for a requested number that does not fit. */
function byCapacity(count: number, capacities: readonly number[]): number[] {
  const sum = capacities.reduce((total, bytes) => total + bytes, 0);
  let done = 0;
  let upTo = 0;
  return capacities.map((bytes, i) => {
    upTo += sum > 0 ? bytes : 1;
    const end = i === capacities.length - 1 ? count : Math.round((count * upTo) / (sum || capacities.length));
    const own = end - done;
    done = end;
    return own;
  });
}

/** Share of a device's free memory that weights may take; caches and compute buffers need the rest. */
const WEIGHT_SHARE = 0.8;

/**
 * Plans which layers go to other machines. This machine and the others hold the model's layers in proportion to their free memory: what
 * each lends, and here the usable RAM and the GPUs. The last layers leave this machine's RAM, as with a GPU; the machines get theirs in
 * the given order, followed by the GPUs here, again by free memory. "auto" never gives the devices more than their memory holds; what
 * stays here is mapped from its file and may exceed the RAM.
 * @param task its devices: those of the machines, then the GPUs here
 */
export function splitOverMachines(task: PlacementTask): PlacementPlan {
  const { shape, devices, hostFreeBytes, choice } = task;
  const layers = layerCount(shape);
  const free = devices.map(({ freeBytes }) => freeBytes);
  const deviceBytes = free.reduce((sum, bytes) => sum + bytes, 0);
  const gpuLayers =
    choice.gpuLayers === 'auto'
      ? sharedLayers(weightBytes(shape), layers, deviceBytes, hostFreeBytes)
      : Math.min(choice.gpuLayers, layers);
  // machines share layers; they share experts only if that is requested
  const cpuExpertLayers = choice.cpuExpertLayers === 'auto' ? 0 : choice.cpuExpertLayers;
  return describePlan(task, byFreeMemory(gpuLayers, free), cpuExpertLayers, true);
}

/** How many of the model's layers, as llama.cpp counts them, leave this machine's RAM. */
export function sharedLayers(bytes: number, layers: number, deviceBytes: number, ramBytes: number): number {
  const fitting = Math.floor((layers * deviceBytes * WEIGHT_SHARE) / Math.max(bytes, 1));
  const share = Math.round((layers * deviceBytes) / Math.max(deviceBytes + ramBytes, 1));
  return Math.min(layers, fitting, Math.max(share, 1));
}

/** Deals layers out as llama.cpp does if it is not told their devices: the nth goes where n / count of the free memory ends. */
export function byFreeMemory(count: number, freeBytes: readonly number[]): number[] {
  const total = freeBytes.reduce((sum, bytes) => sum + bytes, 0);
  const counts = freeBytes.map(() => 0);
  for (let layer = 0; layer < count; layer++) {
    let until = 0;
    const device = freeBytes.findIndex((bytes) => layer / count < (until += bytes) / total);
    counts[device < 0 ? counts.length - 1 : device]!++;
  }
  return counts;
}
