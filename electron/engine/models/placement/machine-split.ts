// Decides which layers go to other machines.
//
// This machine and the others hold the model's layers in proportion to their free memory: what each lends, and here the usable
// RAM and the GPUs. The last layers leave this machine's RAM, as with a GPU; the machines get theirs in the given order,
// followed by the GPUs here, again by free memory. "auto" never gives the devices more than their memory holds; what stays here
// is mapped from its file and may exceed the RAM.
import { layerCount } from './layer-map.ts';
import { weightBytes } from './model-shape.ts';
import { describePlan, type PlacementPlan, type PlacementTask } from './placed-bytes.ts';

/** Share of a device's free memory that weights may take; caches and compute buffers need the rest. */
const WEIGHT_SHARE = 0.8;

/** @param task its devices: those of the machines, then the GPUs here */
export function splitOverMachines(task: PlacementTask): PlacementPlan {
  const { shape, devices, hostFreeBytes, choice } = task;
  const layers = layerCount(shape);
  const free = devices.map(({ freeBytes }) => freeBytes);
  const deviceBytes = free.reduce((sum, bytes) => sum + bytes, 0);
  const gpuLayers =
    choice.gpuLayers === 'auto'
      ? sharedLayers({ bytes: weightBytes(shape), layers }, deviceBytes, hostFreeBytes)
      : Math.min(choice.gpuLayers, layers);
  // machines share layers; they share experts only if that is requested
  const cpuExpertLayers = choice.cpuExpertLayers === 'auto' ? 0 : choice.cpuExpertLayers;
  return describePlan(task, { deviceLayers: byFreeMemory(gpuLayers, free), cpuExpertLayers }, true);
}

/** How many of the model's layers, as llama.cpp counts them, leave this machine's RAM. */
export function sharedLayers(
  { bytes, layers }: { readonly bytes: number; readonly layers: number },
  deviceBytes: number,
  ramBytes: number,
): number {
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
