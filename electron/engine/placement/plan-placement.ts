// Where each part of a model lies, planned from its header and from what is free: bytes in, bytes out, nothing is
// loaded. Attention, dense and shared weights and the cache go to the devices first: every token uses all of them. A
// token uses few of the routed experts, so that they are what stays in host memory, or on disk, when not all fits.
import type { DevicePart, PlacedBytes, PlacementPlan } from '../../contract/placement-plan.ts';
import type { Placement } from '../../contract/requests.ts';
import type { ModelShape } from './model-shape.ts';

/** A device other than the CPU, in the order in which layers are dealt out. */
export type DeviceMemory = {
  /** As llama.cpp has it. */
  readonly name: string;
  readonly kind: DevicePart['kind'];
  readonly freeBytes: number;
  /** It has no memory of its own, but a part of the host's. */
  readonly isShared: boolean;
};

/** What is computed with the model, as far as memory goes. */
export type Workload = {
  /** Cells of the KV cache. */
  readonly cacheTokens: number;
  /** Bytes of one cached element: 2 in half precision. */
  readonly cacheElementBytes: number;
  /** Sequences at once: recurrent layers keep a state for each. */
  readonly sequences: number;
  /** Compute buffers of each device that holds layers, and of the host where it computes. */
  readonly computeBytes: number;
};

export type PlacementTask = {
  readonly shape: ModelShape;
  /** Prediction blocks included: llama.cpp counts them as layers, though it does not load them. */
  readonly blockCount: number;
  readonly devices: readonly DeviceMemory[];
  /** What host memory may be used, beside what is used already. */
  readonly hostFreeBytes: number;
  readonly choice: Pick<Placement, 'gpuLayers' | 'cpuExpertLayers'>;
  readonly workload: Workload;
};

/** Kept free on each device: its driver's own needs, and other programs' changing ones. */
const DEVICE_RESERVE_BYTES = 512 << 20;
const DEVICE_RESERVE_SHARE = 0.06;
/** The program itself, its tables and llama.cpp's small buffers. */
const PROGRAM_BYTES = 256 << 20;
/** Share of the room for weights up to which they may be repacked: such copies stay, whatever else needs memory. */
const REPACK_SHARE = 0.9;
/** The same of all but the routed experts, where those do not stay in memory. */
const REPACK_OTHERS_SHARE = 0.5;
/** Steps in which the fill of several devices is evened out. */
const EVENING_STEPS = 24;

/** What one layer would put on a device. */
type LayerBytes = { readonly others: number; readonly experts: number; readonly kv: number };

/**
 * The rule: the model goes whole to the devices where it fits whole. Else the routed experts of as few MoE layers as
 * possible, counted from the first, stay with the host. Where even all of them are not enough, the first layers stay
 * there altogether. What the user fixed stays fixed. Layers go to the devices in order, as evenly filled as it goes.
 */
export function planPlacement(task: PlacementTask): PlacementPlan {
  const { shape, devices, choice } = task;
  const moeLayers = shape.layers.filter(({ isMoe }) => isMoe).map(({ block }) => block);
  const allLayers = task.blockCount + 1;
  const most = moeLayers.length;
  const capacities = devices.map((device) => capacityOf(device, task.workload.computeBytes));
  const layersWith = (cpuExpertLayers: number): readonly LayerBytes[] =>
    layerBytes(task, new Set(moeLayers.slice(0, cpuExpertLayers)));
  const dealtOut = (cpuExpertLayers: number, gpuLayers: number): Dealt =>
    deal(layersWith(cpuExpertLayers).slice(allLayers - gpuLayers), capacities);

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
  return describe(task, layersWith(cpuExpertLayers), dealtOut(cpuExpertLayers, gpuLayers), cpuExpertLayers);
}

function capacityOf({ freeBytes }: DeviceMemory, computeBytes: number): number {
  const reserve = Math.min(DEVICE_RESERVE_BYTES, freeBytes * DEVICE_RESERVE_SHARE);
  return Math.max(0, freeBytes - reserve - computeBytes);
}

/** Of every block, and last of the output layer. The token embedding is none of them: it always stays with the host. */
function layerBytes({ shape, blockCount, workload }: PlacementTask, onHost: ReadonlySet<number>): LayerBytes[] {
  const recurrent = shape.layers.filter(({ cachedElements }) => cachedElements === 0).length;
  const stateBytes = (shape.stateBytes * workload.sequences) / Math.max(1, recurrent);
  const layers = Array.from({ length: blockCount + 1 }, (): LayerBytes => ({ others: 0, experts: 0, kv: 0 }));
  for (const { block, cachedElements, experts, others } of shape.layers) {
    const kv = cachedElements * workload.cacheTokens * workload.cacheElementBytes;
    layers[block] = {
      others: others.bytes,
      experts: onHost.has(block) ? 0 : experts.bytes,
      kv: cachedElements === 0 ? stateBytes : kv,
    };
  }
  // a head that is the token embedding is a second copy of it there
  layers[blockCount] = {
    others: (shape.outputHead.bytes || shape.tokenEmbedding.bytes) + shape.rest.bytes,
    experts: 0,
    kv: 0,
  };
  return layers;
}

type Dealt = {
  /** Layers of each device, one after the other. */
  readonly counts: readonly number[];
  readonly fits: boolean;
};

/** Deals layers out in order, so that no device is filled more than needed, relative to its capacity. */
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

/** Each device takes layers until the next one does not fit. @returns null: some are left over */
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

/** For what does not fit, yet was asked for. */
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

function describe(
  task: PlacementTask,
  layers: readonly LayerBytes[],
  dealt: Dealt,
  cpuExpertLayers: number,
): PlacementPlan {
  const { shape, workload, devices, hostFreeBytes } = task;
  const gpuLayers = dealt.counts.reduce((sum, count) => sum + count, 0);
  const onHost = layers.length - gpuLayers;
  let firstLayer = onHost;
  const parts = devices.map(({ name, kind, freeBytes }, i): DevicePart => {
    const count = dealt.counts[i] ?? 0;
    const held = layers.slice(firstLayer, firstLayer + count);
    const bytes = { ...sumOf(held), compute: count > 0 ? workload.computeBytes : 0 };
    const part = { name, kind, freeBytes, firstLayer, layers: count, bytes };
    firstLayer += count;
    return part;
  });
  const offloaded = parts.reduce((sum, { bytes }) => sum + bytes.experts, 0);
  const held = sumOf(layers.slice(0, onHost));
  // without an output layer elsewhere, a head that is the token embedding is no second copy
  const embedding = gpuLayers === 0 && shape.outputHead.bytes === 0 ? 0 : shape.tokenEmbedding.bytes;
  const bytes: PlacedBytes = {
    experts: shape.layers.reduce((sum, { experts }) => sum + experts.bytes, 0) - offloaded,
    others: held.others + embedding,
    kv: held.kv,
    compute: onHost > 0 || cpuExpertLayers > 0 ? workload.computeBytes : 0,
  };
  const shared = parts.reduce((sum, part, i) => sum + (devices[i]?.isShared ? totalBytes(part.bytes) : 0), 0);
  const room = Math.max(0, hostFreeBytes - shared - bytes.kv - bytes.compute - PROGRAM_BYTES);
  const weights = bytes.experts + bytes.others;
  const ramBytes = Math.min(weights, room);
  return {
    layers: layers.length,
    moeLayers: shape.layers.filter(({ isMoe }) => isMoe).length,
    gpuLayers,
    cpuExpertLayers,
    repack: repackOf(bytes, room),
    devices: parts,
    host: { freeBytes: hostFreeBytes, bytes, ramBytes, diskBytes: weights - ramBytes },
    fits: dealt.fits,
  };
}

function repackOf({ experts, others }: PlacedBytes, room: number): PlacementPlan['repack'] {
  if (experts + others <= room * REPACK_SHARE) return 'all';
  return others <= room * REPACK_OTHERS_SHARE ? 'others' : 'none';
}

function sumOf(layers: readonly LayerBytes[]): Omit<PlacedBytes, 'compute'> {
  const sum = (of: keyof LayerBytes): number => layers.reduce((total, layer) => total + layer[of], 0);
  return { experts: sum('experts'), others: sum('others'), kv: sum('kv') };
}

function totalBytes({ experts, others, kv, compute }: PlacedBytes): number {
  return experts + others + kv + compute;
}
