// The devices of a placement with their rates and layers, in the form that the cost function takes.
import type { Device, LayerPlace, CostedPlaces } from './cost.ts';
import { HOST, layerMap } from './layer-map.ts';
import { RESERVED_BYTES, type MachineSnapshot } from './machine-snapshot.ts';
import type { ModelShape } from './model-shape.ts';
import type { LoadPlan } from './place-model.ts';
import type { Rates } from './rates.ts';

/** The devices and layers of a placement. llama.cpp sends host weights to the first GPU for every ubatch of more than a few tokens. */
export function placedDevices(
  shape: ModelShape,
  load: LoadPlan,
  { host, gpus, machines }: MachineSnapshot,
  rates: Rates,
): CostedPlaces {
  const known = [...machines, ...gpus];
  const others = load.devices.map((name): Device => {
    const device = known.find((one) => one.name === name);
    const { kind = 'gpu', label = name, freeBytes = 0, isShared = false } = device ?? {};
    return {
      name: kind === 'machine' ? label : name,
      kind,
      ...rates[kind],
      memoryBytes: freeBytes,
      isShared,
      link: kind === 'gpu' ? rates.bus : rates.network,
    };
  });
  const memoryBytes = Math.max(0, host.freeBytes - RESERVED_BYTES);
  const map = layerMap(shape, load);
  const firstGpu = others.findIndex(({ kind }) => kind === 'gpu') + 1;
  return {
    devices: [{ name: 'CPU', kind: 'host', ...rates.host, memoryBytes, isShared: false, link: null }, ...others],
    repack: load.repack,
    output: map.output,
    layers: map.layers.map((spot, at): LayerPlace => ({
      ...spot,
      expertsRunOn: spot.experts === HOST && shape.layers[at]?.isMoe ? firstGpu : spot.experts,
    })),
  };
}
