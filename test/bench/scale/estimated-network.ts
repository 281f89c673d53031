// What the cost function says that passes over the wire when all layers lie on other machines.
import { costOf } from '../../../electron/engine/placement/cost.ts';
import type { ModelShape } from '../../../electron/engine/placement/model-shape.ts';
import { planPasses } from '../../../electron/engine/placement/passes.ts';
import { placeLayers } from '../../../electron/engine/placement/place-layers.ts';
import { typicalRates } from '../../../electron/engine/placement/rates.ts';

const ENOUGH_BYTES = 2 ** 40;

/** @param lengths tokens of each demo */
export function estimatedNetworkBytes(
  shape: ModelShape,
  machines: number,
  lengths: readonly number[],
  nUbatch: number,
) {
  const rates = typicalRates(1);
  const names = Array.from({ length: machines }, (_, machine) => `machine ${machine}`);
  const others = names.map((name) => ({ name, kind: 'machine' as const, freeBytes: ENOUGH_BYTES }));
  const placed = { devices: names, gpuLayers: shape.layers.length + 1, cpuExpertLayers: 0, repack: 'none' as const };
  const passes = planPasses(shape, lengths, { nUbatch, nSlice: nUbatch, kvType: 'f16' }, false);
  const layers = placeLayers(shape, placed, { hostBytes: ENOUGH_BYTES, others }, rates);
  return costOf(shape, layers, passes, rates.disk).networkBytes;
}
