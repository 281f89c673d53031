// Where a model is to lie: one decision, by its shape, by what the machine has free and by what the user wishes.
import type { Repack } from '../../../contract/repack.ts';
import type { Placement } from '../../../contract/requests.ts';
import { HOST, layerMap } from './layer-map.ts';
import { splitOverMachines } from './machine-split.ts';
import type { MachineSnapshot } from './machine-snapshot.ts';
import type { ModelShape } from './model-shape.ts';
import type { PlacementPlan } from './placed-bytes.ts';
import { planPlacement } from './plan-placement.ts';
import { USUAL_NEED, workloadOf, type Need } from './workload.ts';

/** Where a model lies: what its results' bits depend on. */
export type PlacedModel = {
  /** Names as llama.cpp has them; none: the CPU. */
  readonly devices: string[];
  /** The last so many, the output layer included. */
  readonly gpuLayers: number;
  /** The first so many MoE layers have their routed experts in host memory. */
  readonly cpuExpertLayers: number;
  readonly repack: Repack;
};

/** What a model is loaded by. */
export type LoadPlan = PlacedModel & {
  /** Layers of each device, in their order. */
  readonly deviceLayers: number[];
  /** Blocks whose routed experts stay mapped in host memory, on whatever device the rest of the block lies. */
  readonly cpuExpertBlocks: number[];
  /** Next-token-prediction blocks are loaded, too. */
  readonly prediction?: true;
};

export type Placed = {
  /** Other machines included. */
  readonly load: LoadPlan;
  /** What lies on this machine: the same wherever other machines are. */
  readonly settled: PlacedModel;
  /** false: what was asked for by number is more than the devices have free. */
  readonly fits: boolean;
};

/** @param need what is to be computed */
export function placeModel(
  shape: ModelShape,
  snapshot: MachineSnapshot,
  wishes: Pick<Placement, 'gpuLayers' | 'cpuExpertLayers' | 'rpc'>,
  need: Need = USUAL_NEED,
): Placed {
  const { gpus, machines, host } = snapshot;
  const task = { shape, hostFreeBytes: host.freeBytes, choice: wishes, workload: workloadOf(shape, need) };
  const plan = planPlacement({ ...task, devices: gpus });
  const here = settledOf(plan);
  if (wishes.rpc.length === 0) return { load: loadPlanOf(shape, plan), settled: here, fits: plan.fits };
  // their CPUs do not repack weights, so this one must not either
  const settled = { ...here, repack: 'none' as const };
  const used = gpus.filter(({ name }) => here.devices.includes(name));
  const split = splitOverMachines({ ...task, devices: [...machines, ...used] });
  return { load: loadPlanOf(shape, { ...split, repack: 'none' }), settled, fits: plan.fits };
}

/** The same place, with fewer weights repacked. */
export function withRepack(shape: ModelShape, { load, settled, fits }: Placed, repack: Repack): Placed {
  const placed = { ...load, repack };
  return {
    load: { ...placed, cpuExpertBlocks: cpuExpertBlocks(shape, placed) },
    settled: { ...settled, repack },
    fits,
  };
}

/** Whether the same layers lie on the same devices. */
export function isSamePlace(a: Omit<PlacedModel, 'repack'>, b: Omit<PlacedModel, 'repack'>): boolean {
  return (
    a.devices.join() === b.devices.join() && a.gpuLayers === b.gpuLayers && a.cpuExpertLayers === b.cpuExpertLayers
  );
}

function settledOf({ devices, gpuLayers, cpuExpertLayers, repack }: PlacementPlan): PlacedModel {
  return { devices: gpuLayers > 0 ? devices.map(({ name }) => name) : [], gpuLayers, cpuExpertLayers, repack };
}

/** What loads a model that is planned so. */
export function loadPlanOf(shape: ModelShape, plan: PlacementPlan): LoadPlan {
  const settled = settledOf(plan);
  const deviceLayers = settled.devices.length > 0 ? plan.devices.map(({ layers }) => layers) : [];
  const placed = { ...settled, deviceLayers };
  return {
    ...placed,
    cpuExpertBlocks: cpuExpertBlocks(shape, placed),
    ...(shape.runsPrediction && { prediction: true as const }),
  };
}

function cpuExpertBlocks(shape: ModelShape, placed: Omit<LoadPlan, 'cpuExpertBlocks'>): number[] {
  const { layers } = layerMap(shape, placed);
  const moe = shape.layers.flatMap(({ block, isMoe }, at) => (isMoe ? [{ block, ...layers[at]! }] : []));
  return moe
    .filter(({ others }, nth) => nth < placed.cpuExpertLayers || (placed.repack === 'others' && others === HOST))
    .map(({ block }) => block);
}
