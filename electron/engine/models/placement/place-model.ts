// Decides where a model lies, from its shape, the machine's free memory and the user's wishes.
import { type Repack, repackSchema } from '../../../contract/repack.ts';
import type { Placement } from '../../../contract/requests.ts';
import { HOST, layerMap } from './layer-map.ts';
import type { MachineSnapshot } from './machine-snapshot.ts';
import type { ModelShape } from './model-shape.ts';
import type { PlacementPlan } from './placed-bytes.ts';
import { planPlacement, splitOverMachines } from './plan-placement.ts';
import { type Need, USUAL_NEED, toWorkload } from './workload.ts';
import { z } from 'zod';

/** Where a model lies: the exact bits of its results depend on this. */
export type PlacedModel = {
  /** llama.cpp's names; empty: the CPU. */
  readonly devices: string[];
  /** This many of the last layers lie on devices, including the output layer. */
  readonly gpuLayers: number;
  /** This many of the first MoE layers have their routed experts in host memory. */
  readonly cpuExpertLayers: number;
  readonly repack: Repack;
};

/** Everything that loading a model needs to know about its place. */
export type LoadPlan = PlacedModel & {
  /** Number of layers on each device, in device order. */
  readonly deviceLayers: number[];
  /** Blocks whose routed experts stay mapped in host memory, whatever device holds the rest of the block. */
  readonly cpuExpertBlocks: number[];
  /** Whether next-token-prediction blocks are loaded, too. */
  readonly prediction?: true;
};

export type Placed = {
  /** The place including other machines. */
  readonly load: LoadPlan;
  /** What lies on this machine: the same wherever the other machines are. */
  readonly settled: PlacedModel;
  /** false: the requested numbers are more than the devices have free. */
  readonly fits: boolean;
};

/** @param need what will be computed */
export function placeModel(
  shape: ModelShape,
  snapshot: MachineSnapshot,
  wishes: Placement,
  need: Need = USUAL_NEED,
): Placed {
  const { gpus, machines, host } = snapshot;
  const task = { shape, hostFreeBytes: host.freeBytes, choice: wishes, workload: toWorkload(shape, need) };
  const plan = planPlacement({ ...task, devices: gpus });
  const here = toPlaced(plan);
  if (wishes.rpc.length === 0) return { load: toLoadPlan(shape, plan), settled: here, fits: plan.fits };
  // the other machines' CPUs do not repack weights, so this one must not either
  const settled = { ...here, repack: 'none' as const };
  const used = gpus.filter(({ name }) => here.devices.includes(name));
  const split = splitOverMachines({ ...task, devices: [...machines, ...used] });
  return { load: toLoadPlan(shape, { ...split, repack: 'none' }), settled, fits: plan.fits };
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

function toPlaced({ devices, gpuLayers, cpuExpertLayers, repack }: PlacementPlan): PlacedModel {
  return { devices: gpuLayers > 0 ? devices.map(({ name }) => name) : [], gpuLayers, cpuExpertLayers, repack };
}

/** The load plan for a placement. */
export function toLoadPlan(shape: ModelShape, plan: PlacementPlan): LoadPlan {
  const settled = toPlaced(plan);
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

/** From the option that takes the least memory to the one that takes the most. */
const REPACKS = repackSchema.options.toReversed();

/** The form in which runs store where their model lay. */
export const placedModelSchema = z.object({
  devices: z.array(z.string()),
  gpuLayers: z.int(),
  cpuExpertLayers: z.int(),
  repack: repackSchema,
});

/**
 * Free memory changes from hour to hour, and an automatic placement with it. To resume a run, and to find a finished one again, a model lies
 * where it lay, as long as it fits there.
 * @param earlier where the model lay in earlier runs of the same work, newest first
 * @returns the newest of these places that is still possible, or else where the model would be placed now
 */
export function placeAsBefore(
  shape: ModelShape,
  snapshot: MachineSnapshot,
  wishes: Placement,
  need: Need,
  earlier: readonly PlacedModel[],
): Placed {
  const now = placeModel(shape, snapshot, wishes, need);
  for (const before of earlier) {
    if (isSame(before, now.settled)) return now;
    if (!isAskedFor(before, wishes, now.settled)) continue;
    const { gpuLayers, cpuExpertLayers, repack } = before;
    const again = placeModel(shape, snapshot, { ...wishes, gpuLayers, cpuExpertLayers }, need);
    if (!again.fits || REPACKS.indexOf(repack) > REPACKS.indexOf(again.settled.repack)) continue;
    return withRepack(shape, again, repack);
  }
  return now;
}

function isSame(a: PlacedModel, b: PlacedModel): boolean {
  return (
    a.repack === b.repack &&
    a.devices.join() === b.devices.join() &&
    a.gpuLayers === b.gpuLayers &&
    a.cpuExpertLayers === b.cpuExpertLayers
  );
}

/** Whether an earlier place agrees with the numbers that the user gave, and with the use of a GPU, which the user also decides. */
function isAskedFor(before: PlacedModel, wishes: Placement, now: PlacedModel): boolean {
  return (
    before.devices.join() === now.devices.join() &&
    (wishes.gpuLayers === 'auto' || before.gpuLayers === now.gpuLayers) &&
    (wishes.cpuExpertLayers === 'auto' || before.cpuExpertLayers === now.cpuExpertLayers)
  );
}
