// What a run costs, against values computed by hand: its work, where its weights lie, and what it is warned of.
import { expect, test } from 'vitest';
import {
  attendedPairs,
  planCost,
  toEstimate,
  secondsOfCost,
  type Buffers,
  type ScoringPlan,
} from '../../../electron/engine/models/placement/cost.ts';
import { byFreeMemory } from '../../../electron/engine/models/placement/plan-placement.ts';
import { RESERVED_BYTES, type DeviceMemory } from '../../../electron/engine/models/placement/machine-snapshot.ts';
import { typicalRates } from '../../../electron/engine/store/rates.ts';
import { tinyShape } from './shapes.ts';

const GIB = 2 ** 30;
const BUFFERS: Buffers = { kvBytes: 160, computeBytes: 40 };
const LENGTHS = [600, 300, 600, 700];
const TOKENS = 2200;
const PAIRS = attendedPairs(LENGTHS);
const LAYER_FLOPS = 2 * 150 * TOKENS + 2 * 2 * 8 * PAIRS;
const EXPERT_FLOPS = 2 * 100 * TOKENS;
/** Of four layers of 900 bytes, in three ubatches. */
const PLAN: ScoringPlan = {
  shape: tinyShape(4),
  lengths: LENGTHS,
  alone: false,
  threads: 4,
  batch: { nUbatch: 1000, nSlice: 0, kvType: 'f16' },
  snapshot: { host: { totalBytes: GIB, freeBytes: GIB }, gpus: [], machines: [] },
  load: { devices: [], deviceLayers: [], gpuLayers: 0, cpuExpertLayers: 0, cpuExpertBlocks: [], repack: 'none' },
  buffers: [BUFFERS],
};
const ROUGH = { rates: typicalRates(4), isRough: true };

/** With so much host memory for weights. */
function roomFor(bytes: number, plan = PLAN): ScoringPlan {
  const freeBytes = RESERVED_BYTES + 200 + bytes;
  return { ...plan, snapshot: { ...plan.snapshot, host: { totalBytes: GIB, freeBytes } } };
}

function device(name: string, part: Partial<DeviceMemory> = {}): DeviceMemory {
  return { name, kind: 'gpu', label: name, totalBytes: GIB, freeBytes: GIB, isShared: false, ...part };
}

function on(devices: readonly DeviceMemory[], gpuLayers: number, cpuExpertLayers = 0): ScoringPlan {
  const free = devices.map(({ freeBytes }) => freeBytes);
  const ofKind = (kind: DeviceMemory['kind']) => devices.filter((one) => one.kind === kind);
  const names = devices.map(({ name }) => name);
  const load = {
    ...PLAN.load,
    devices: names,
    deviceLayers: byFreeMemory(gpuLayers, free),
    gpuLayers,
    cpuExpertLayers,
  };
  const snapshot = { ...PLAN.snapshot, gpus: ofKind('gpu'), machines: ofKind('machine') };
  return { ...PLAN, load, snapshot, buffers: [BUFFERS, ...devices.map(() => BUFFERS)] };
}

test('a token attends to all before it', () => {
  expect(attendedPairs([3, 4])).toBe(1 + 2 + 3 + (1 + 2 + 3 + 4));
  expect(attendedPairs([])).toBe(0);
});

test('a model that fits is read once, however often its demos pass', () => {
  const cost = planCost(PLAN);
  expect(cost).toMatchObject({ tokens: TOKENS, passes: 3, residency: 'all', onDiskBytes: 0 });
  expect(cost.memory).toMatchObject([{ weightsBytes: 3600, ...BUFFERS }]);
  expect(cost.loading.disk).toBe(3600);
  expect(cost.running).toMatchObject({ disk: 0, host: 4 * LAYER_FLOPS, gpu: 0, network: 0 });
  const thrice = planCost(PLAN, { rounds: 3 });
  expect(thrice).toMatchObject({ tokens: 3 * TOKENS, passes: 9, running: { host: 12 * LAYER_FLOPS } });
  expect(thrice.loading.disk).toBe(3600);
  expect(planCost(PLAN, { loads: 2 }).loading.disk).toBe(7200);
  expect(toEstimate(PLAN, ROUGH)).toMatchObject({
    demos: 4,
    ubatches: 3,
    readBytes: 3600,
    isRough: true,
    warnings: [],
  });
  expect(secondsOfCost(cost, (kind) => (kind === 'disk' ? 100 : 1000))).toBeCloseTo(36 + (4 * LAYER_FLOPS) / 1000);
});

test('blocks without attention only multiply', () => {
  const layers = PLAN.shape.layers.map((layer) => ({ ...layer, nHeadKv: 0 }));
  expect(planCost({ ...PLAN, shape: { ...PLAN.shape, layers } }).running.host).toBe(4 * 2 * 150 * TOKENS);
});

test('demos longer than the context are read in windows', () => {
  const long = { ...PLAN, lengths: [2500, 300], window: 400 };
  // twice 400 + 400, then 400 + 400 + 100; the next demo is not read with a part of this one
  expect(planCost(long)).toMatchObject({ tokens: 2800, passes: 4 });
  expect(planCost({ ...long, alone: true }).passes).toBe(8);
  expect(toEstimate(long, ROUGH).warnings).toEqual([{ key: 'windowed', demos: 1, tokens: 400 }]);
});

test('one that does not fit is read again by each pass', () => {
  // beside the layer that is computed and the one that is read ahead there is room to keep one
  const estimate = toEstimate(roomFor(3500), ROUGH);
  expect(estimate).toMatchObject({ readBytes: 3600 + 2 * 2700, onDiskBytes: 100 });
  expect(estimate.warnings).toEqual([{ key: 'readAgain', bytes: 3000, ubatches: 3 }]);
});

test('where no layer fits, each slice reads the experts', () => {
  const sliced = roomFor(899, { ...PLAN, batch: { ...PLAN.batch, nSlice: 300 } });
  const estimate = toEstimate(sliced, ROUGH);
  expect(estimate.warnings).toEqual([{ key: 'readAgain', bytes: Math.round(estimate.readBytes / 3), ubatches: 3 }]);
  // ubatches of 900, 600 and 700 tokens are three, two and three slices
  expect(estimate.readBytes).toBe(4 * (3 * 100 + 8 * 800));
});

test('memory that does not hold cache and buffers, or a device’s weights, is too small', () => {
  const [first] = toEstimate(roomFor(-1), ROUGH).warnings;
  expect(first).toEqual({ key: 'tooSmall', device: 'CPU', neededBytes: 200, availableBytes: 199 });
  const full = on([device('GPU0', { freeBytes: 2000 })], 5);
  expect(toEstimate(full, ROUGH).warnings).toMatchObject([{ device: 'GPU0', neededBytes: 3800, availableBytes: 2000 }]);
});

test('experts in RAM are sent to the GPU once a pass', () => {
  const plan = on([device('GPU0')], 5, 1);
  const { memory, loading, running } = planCost(plan);
  expect(memory.map(({ weightsBytes }) => weightsBytes)).toEqual([800, 2800]);
  expect(running).toMatchObject({ host: 0, gpu: 4 * LAYER_FLOPS, network: 0 });
  // the stream goes there once; taps of four layers; the experts of one
  expect(running.bus).toBe(16 * 4 * TOKENS + 4 * 36 * TOKENS + 3 * 800);
  expect(loading).toMatchObject({ disk: 2800 + 800, bus: 2800 });
  expect(toEstimate(plan, ROUGH).layers).toEqual({ all: 5, offloaded: 5, moe: 4, hostExperts: 1 });
});

test('layers are shared by free memory; those before the first device stay here', () => {
  const two = planCost(on([device('GPU0', { freeBytes: 30e6 }), device('GPU1', { freeBytes: 20e6 })], 5));
  expect(two.memory.map(({ weightsBytes }) => weightsBytes)).toEqual([0, 2700, 900]);
  const some = planCost(on([device('GPU0')], 3));
  expect(some.memory.map(({ weightsBytes }) => weightsBytes)).toEqual([1800, 1800]);
  expect(some.running.host).toBe(2 * (LAYER_FLOPS - EXPERT_FLOPS));
});

test('another machine is named by its address, computes, and takes its weights over the network', () => {
  const { memory, loading, running } = planCost(on([device('RPC0', { kind: 'machine', label: 'box:1' })], 3));
  expect(memory[1]).toMatchObject({ device: 'box:1', kind: 'machine', weightsBytes: 1800 });
  expect(running).toMatchObject({ host: 2 * LAYER_FLOPS, machine: 2 * LAYER_FLOPS, bus: 0 });
  expect(running.network).toBe(16 * 4 * TOKENS + 2 * 36 * TOKENS);
  expect(loading).toMatchObject({ disk: 3600, network: 1800 });
});

test('what a GPU holds of the host’s memory leaves less room for the host’s weights', () => {
  const held = (isShared: boolean) => planCost(roomFor(1800 + 1999, on([device('GPU0', { isShared })], 3)));
  expect(held(false)).toMatchObject({ residency: 'all', onDiskBytes: 0 });
  expect(held(true)).toMatchObject({ residency: 'layer', onDiskBytes: 1 });
});

test('logits take the output head’s products and weights, where it lies', () => {
  const more = planCost(PLAN, { logitShare: 0.5 }).running.host! - planCost(PLAN).running.host!;
  expect(more).toBe(2 * 160 * 0.5 * TOKENS);
  const plan = on([device('GPU0')], 3);
  const own = { ...plan, shape: { ...plan.shape, outputHead: { bytes: 50, parameters: 160 } } };
  expect(planCost(own, { logitShare: 0.5 }).memory[1]?.weightsBytes).toBe(1850);
});
