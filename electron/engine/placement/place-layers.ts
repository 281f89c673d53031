// Where the layers lie, as the cost function takes it, of a placement as llama.cpp is given it.
import type { LoadPlan } from './place-model.ts';
import type { Device, LayerPlace, Placed } from './cost.ts';
import type { ModelShape } from './model-shape.ts';
import type { Rates } from './rates.ts';

/** A device beside the host, and what it has free. */
export type FreeDevice = { readonly name: string; readonly kind: 'gpu' | 'machine'; readonly freeBytes: number };

export type FreeDevices = {
  /** Of RAM. */
  readonly hostBytes: number;
  /** Those that the placement names, in its order. */
  readonly others: readonly FreeDevice[];
};

/**
 * llama.cpp gives the last `gpuLayers` layers, counted with the output layer, to its devices in order, to each as many as it
 * is told, else by its share of the free memory; host weights are sent to the first GPU for every ubatch of some tokens.
 */
export function placeLayers(shape: ModelShape, placed: LoadPlan, free: FreeDevices, rates: Rates): Placed {
  const devices: Device[] = [
    { name: 'CPU', kind: 'host', ...rates.host, memoryBytes: free.hostBytes, link: null },
    ...free.others.map(({ name, kind, freeBytes }): Device => ({
      name,
      kind,
      ...rates[kind],
      memoryBytes: freeBytes,
      link: kind === 'gpu' ? rates.bus : rates.network,
    })),
  ];
  const first = Math.max(0, shape.layers.length + 1 - placed.gpuLayers);
  const offloaded = shape.layers.length + 1 - first;
  const shares = placed.deviceLayers;
  const total = free.others.reduce((sum, { freeBytes }, device) => sum + (shares?.[device] ?? freeBytes), 0);
  const deviceOf = (layer: number): number => {
    if (layer < first || free.others.length === 0) return 0;
    let until = 0;
    const at = free.others.findIndex(({ freeBytes }, device) => {
      until += shares?.[device] ?? freeBytes;
      return (layer - first) / offloaded < until / Math.max(total, 1);
    });
    return at < 0 ? free.others.length : at + 1;
  };
  const firstGpu = free.others.findIndex(({ kind }) => kind === 'gpu') + 1;
  let moeLayers = 0;
  return {
    devices,
    repacksOthers: placed.repack === 'others',
    layers: shape.layers.map((layer, index): LayerPlace => {
      const others = deviceOf(index);
      const onHost = layer.isMoe && moeLayers < placed.cpuExpertLayers;
      if (layer.isMoe) moeLayers++;
      const experts = onHost ? 0 : others;
      return { others, experts, expertsRunOn: experts === 0 && layer.isMoe ? firstGpu : experts };
    }),
  };
}
