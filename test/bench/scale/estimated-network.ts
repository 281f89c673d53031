// What the cost function says that passes over the wire when all layers lie on other machines.
import { costOf } from '../../../electron/engine/models/placement/cost.ts';
import { layerCount } from '../../../electron/engine/models/placement/layer-map.ts';
import { byFreeMemory } from '../../../electron/engine/models/placement/machine-split.ts';
import type { DeviceMemory } from '../../../electron/engine/models/placement/machine-snapshot.ts';
import type { ModelShape } from '../../../electron/engine/models/placement/model-shape.ts';
import { planPasses } from '../../../electron/engine/models/placement/passes.ts';
import { placedDevices } from '../../../electron/engine/models/placement/placed-devices.ts';
import { typicalRates } from '../../../electron/engine/models/placement/rates.ts';

const ENOUGH = { totalBytes: 2 ** 40, freeBytes: 2 ** 40 };

/** @param lengths tokens of each demo */
export function estimatedNetworkBytes(
  shape: ModelShape,
  machines: number,
  lengths: readonly number[],
  nUbatch: number,
) {
  const rates = typicalRates(1);
  const lent = Array.from({ length: machines }, (_, machine): DeviceMemory => ({
    ...ENOUGH,
    name: `RPC${machine}`,
    kind: 'machine',
    label: `machine ${machine}`,
    isShared: false,
  }));
  const gpuLayers = layerCount(shape);
  const load = {
    devices: lent.map(({ name }) => name),
    deviceLayers: byFreeMemory(
      gpuLayers,
      lent.map(({ freeBytes }) => freeBytes),
    ),
    gpuLayers,
    cpuExpertLayers: 0,
    cpuExpertBlocks: [],
    repack: 'none' as const,
  };
  const passes = planPasses(shape, { lengths, alone: false }, { nUbatch, nSlice: 0, kvType: 'f16' });
  const places = placedDevices(shape, load, { host: ENOUGH, gpus: [], machines: lent }, rates);
  return costOf(shape, places, passes, rates.disk).networkBytes;
}
