// Where a model's parts are planned to lie, over the machines that there are.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALL_EXPERT_LAYERS } from '../../../electron/contract/requests.ts';
import { RESERVED_BYTES, type DeviceMemory } from '../../../electron/engine/models/placement/machine-snapshot.ts';
import type { PlacementPlan, PlacementTask } from '../../../electron/engine/models/placement/placed-bytes.ts';
import { planPlacement } from '../../../electron/engine/models/placement/plan-placement.ts';
import type { ModelShape } from '../../../electron/engine/models/placement/model-shape.ts';

const GB = 1e9;
const AUTO = { gpuLayers: 'auto', cpuExpertLayers: 'auto' } as const;
const weights = (bytes: number): ModelShape['rest'] => ({ bytes, parameters: bytes });

type Model = {
  readonly dense?: number;
  readonly moe?: number;
  readonly experts?: number;
  readonly others?: number;
  readonly tied?: boolean;
  /** Blocks that predict further tokens. */
  readonly predictions?: number;
  /** Bytes of each of them that llama.cpp loads. */
  readonly loaded?: number;
};

/** Ten MoE layers of 4 GB experts and 0.5 GB of other weights each; 1 GB embedding, 1 GB head. */
function shapeOf({
  dense = 0,
  moe = 10,
  experts = 4 * GB,
  others = 0.5 * GB,
  tied = false,
  predictions = 0,
  loaded = 0,
}: Model = {}): ModelShape {
  return {
    arch: 'tiny',
    nEmbd: 64,
    nVocab: 100,
    blockCount: dense + moe + predictions,
    layers: Array.from({ length: dense + moe }, (_, block) => ({
      block,
      isMoe: block >= dense,
      nHead: 4,
      nHeadKv: 2,
      cachedElements: 1000,
      experts: weights(block >= dense ? experts : 0),
      others: weights(others),
    })),
    runsPrediction: false,
    predictionBlocks: Array.from({ length: predictions }, (_, at) => ({ block: dense + moe + at, bytes: loaded })),
    keyLength: 16,
    valueLength: 16,
    nExpert: 8,
    nExpertUsed: 2,
    nFfExp: 32,
    nFfShared: 0,
    nFf: 0,
    tokenEmbedding: weights(GB),
    outputHead: weights(tied ? 0 : GB),
    rest: weights(0),
    stateBytes: 0,
  };
}

/** So much room for layers: what is kept free and the compute buffers come on top. */
function gpu(roomBytes: number, more: Partial<DeviceMemory> = {}): DeviceMemory {
  const used = roomBytes + GB;
  const kept = Math.min(512 << 20, (used * 0.06) / 0.94);
  const freeBytes = used + kept;
  return { name: 'CUDA0', kind: 'gpu', label: 'card', totalBytes: freeBytes, freeBytes, isShared: false, ...more };
}

function plan(
  devices: readonly DeviceMemory[],
  more: Partial<PlacementTask> & { readonly model?: Model } = {},
): PlacementPlan {
  const { model, ...task } = more;
  const shape = shapeOf(model);
  return planPlacement({
    shape,
    devices,
    hostFreeBytes: 64 * GB,
    choice: AUTO,
    workload: { cacheTokens: 1000, computeBytes: GB },
    ...task,
  });
}

const KV = 2e6;
/** Everything but the routed experts: ten layers and the head. */
const ATTENTION = 10 * (0.5 * GB + KV) + GB;

test.each([
  { what: 'all of it', room: ATTENTION + 40 * GB, gpuLayers: 11, cpuExpertLayers: 0 },
  { what: 'one byte less', room: ATTENTION + 40 * GB - 1, gpuLayers: 11, cpuExpertLayers: 1 },
  { what: 'the experts of four layers', room: ATTENTION + 17 * GB, gpuLayers: 11, cpuExpertLayers: 6 },
  { what: 'no experts', room: ATTENTION + 3 * GB, gpuLayers: 11, cpuExpertLayers: 10 },
  { what: 'just the rest', room: ATTENTION, gpuLayers: 11, cpuExpertLayers: 10 },
  { what: 'not even the rest', room: ATTENTION - 1, gpuLayers: 10, cpuExpertLayers: 10 },
  { what: 'the head and a layer', room: GB + 0.5 * GB + KV, gpuLayers: 2, cpuExpertLayers: 10 },
  { what: 'nothing', room: 0.9 * GB, gpuLayers: 0, cpuExpertLayers: 0 },
])('a GPU that holds $what', ({ room, gpuLayers, cpuExpertLayers }) => {
  expect(plan([gpu(room)])).toMatchObject({ gpuLayers, cpuExpertLayers, fits: true });
});

test('bytes by place and kind', () => {
  const { devices, host } = plan([gpu(ATTENTION + 17 * GB)]);
  expect(devices).toMatchObject([
    { layers: 11, bytes: { experts: 16 * GB, others: 6 * GB, kv: 10 * KV, compute: GB } },
  ]);
  expect(host).toEqual({ experts: 24 * GB, others: GB, kv: 0, compute: GB });
});

test('experts are not repacked where the host’s memory does not hold them with room to spare', () => {
  expect(plan([], { hostFreeBytes: 20 * GB + GB + 10 * KV + RESERVED_BYTES }).repack).toBe('others');
  expect(plan([], { hostFreeBytes: 64 * GB }).repack).toBe('all');
  // it would fit, but a copy that cannot be dropped would leave no room for anything else
  expect(plan([], { hostFreeBytes: 50 * GB }).repack).toBe('others');
  expect(plan([], { hostFreeBytes: 8 * GB }).repack).toBe('none');
});

test('a GPU without memory of its own takes from the host’s', () => {
  const repackWith = (isShared: boolean) =>
    plan([gpu(ATTENTION + 17 * GB, { isShared })], { hostFreeBytes: 40 * GB }).repack;
  expect([repackWith(false), repackWith(true)]).toEqual(['all', 'others']);
});

test.each([
  { choice: { gpuLayers: 4, cpuExpertLayers: 'auto' }, expected: { gpuLayers: 4, cpuExpertLayers: 0, fits: true } },
  { choice: { gpuLayers: 99, cpuExpertLayers: 'auto' }, expected: { gpuLayers: 11, cpuExpertLayers: 6, fits: true } },
  { choice: { gpuLayers: 'auto', cpuExpertLayers: 10 }, expected: { gpuLayers: 11, cpuExpertLayers: 10, fits: true } },
  {
    choice: { gpuLayers: 'auto', cpuExpertLayers: ALL_EXPERT_LAYERS },
    expected: { gpuLayers: 11, cpuExpertLayers: 10 },
  },
  { choice: { gpuLayers: 'auto', cpuExpertLayers: 0 }, expected: { gpuLayers: 5, cpuExpertLayers: 0, fits: true } },
  { choice: { gpuLayers: 11, cpuExpertLayers: 0 }, expected: { gpuLayers: 11, cpuExpertLayers: 0, fits: false } },
  { choice: { gpuLayers: 0, cpuExpertLayers: 'auto' }, expected: { gpuLayers: 0, cpuExpertLayers: 0, fits: true } },
] as const)('what is fixed stays so: $choice', ({ choice, expected }) => {
  expect(plan([gpu(ATTENTION + 17 * GB)], { choice })).toMatchObject(expected);
});

test('several GPUs are filled evenly, in order', () => {
  const two = plan([gpu(30 * GB), gpu(30 * GB, { name: 'CUDA1' })]);
  expect(two).toMatchObject({ gpuLayers: 11, cpuExpertLayers: 0 });
  expect(two.devices).toMatchObject([{ layers: 5 }, { layers: 6 }]);
  // the first layers weigh little without their experts: the first GPU takes more of them
  const mixed = plan([gpu(8 * GB), gpu(12 * GB, { name: 'CUDA1' })]);
  expect(mixed.gpuLayers).toBe(11);
  expect(mixed.devices[0]!.layers).toBeGreaterThan(mixed.devices[1]!.layers);
  expect(mixed.host.experts).toBe(4 * GB * mixed.cpuExpertLayers);
  // one that holds nothing needs no buffers
  const spare = plan([gpu(60 * GB), gpu(0, { name: 'CUDA1' })]);
  expect(spare.devices[1]).toMatchObject({ layers: 0, bytes: { compute: 0 } });
});

test('leading dense layers are no MoE layers', () => {
  const room = 3 * (0.5 * GB + KV) + ATTENTION + 17 * GB;
  expect(plan([gpu(room)], { model: { dense: 3 } })).toMatchObject({ cpuExpertLayers: 6, gpuLayers: 14 });
});

test('a dense model goes layer by layer', () => {
  const dense = { dense: 10, moe: 0, others: 4 * GB };
  expect(plan([gpu(100 * GB)], { model: dense })).toMatchObject({ gpuLayers: 11, cpuExpertLayers: 0 });
  expect(plan([gpu(10 * GB)], { model: dense })).toMatchObject({ gpuLayers: 3, cpuExpertLayers: 0 });
});

test('a head that is the token embedding is there twice, unless all lies with the host', () => {
  const model = { tied: true };
  const split = plan([gpu(100 * GB)], { model });
  expect(split.devices[0]?.bytes.others).toBe(6 * GB);
  expect(split.host.others).toBe(GB);
  expect(plan([], { model }).host.others).toBe(6 * GB);
});

test('prediction blocks are counted as layers, and weigh what is loaded of them', () => {
  const { gpuLayers, devices } = plan([gpu(100 * GB)], { model: { predictions: 1 } });
  expect(gpuLayers).toBe(12);
  expect(devices[0]?.bytes).toMatchObject({ experts: 40 * GB, others: 6 * GB });
  const model = { predictions: 1, loaded: 3 * GB };
  expect(plan([gpu(100 * GB)], { model }).devices[0]?.bytes.others).toBe(9 * GB);
  expect(plan([], { model }).host.others).toBe(10 * GB);
});

test('whatever there is: nothing is lost, and no device is overfilled', () => {
  const memory = fc.record({ room: fc.integer({ min: 0, max: 30 }), isShared: fc.boolean() });
  const model = fc.record({
    dense: fc.integer({ min: 0, max: 3 }),
    moe: fc.integer({ min: 0, max: 8 }),
    tied: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(memory, { maxLength: 4 }), model, (memories, shape) => {
      const devices = memories.map(({ room, isShared }, i) => gpu(room * GB, { name: `GPU${i}`, isShared }));
      const planned = plan(devices, { model: shape });
      const places = [...planned.devices.map(({ bytes }) => bytes), planned.host];
      const sum = (of: 'experts' | 'kv'): number => places.reduce((total, bytes) => total + bytes[of], 0);
      expect(sum('experts')).toBe(shape.moe * 4 * GB);
      expect(sum('kv')).toBe((shape.dense + shape.moe) * KV);
      expect(planned.fits).toBe(true);
      planned.devices.forEach(({ bytes, layers }, i) => {
        const held = bytes.experts + bytes.others + bytes.kv + bytes.compute;
        if (layers > 0) expect(held).toBeLessThan(devices[i]!.freeBytes);
      });
      expect(planned.devices.reduce((total, { layers }) => total + layers, 0)).toBe(planned.gpuLayers);
    }),
  );
});
