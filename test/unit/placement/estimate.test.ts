// What is estimated of a run: where its layers lie, how its tokens are cut, and what follows.
import { describe, expect, test } from 'vitest';
import { typicalRates } from '../../../electron/engine/models/placement/rates.ts';
import { estimateOf, planCost, type ScoringPlan } from '../../../electron/engine/models/placement/estimate.ts';
import { planPasses } from '../../../electron/engine/models/placement/passes.ts';
import { byFreeMemory } from '../../../electron/engine/models/placement/machine-split.ts';
import {
  RESERVED_BYTES,
  type DeviceMemory,
  type MachineSnapshot,
} from '../../../electron/engine/models/placement/machine-snapshot.ts';
import type { LoadPlan } from '../../../electron/engine/models/placement/place-model.ts';
import { placedDevices } from '../../../electron/engine/models/placement/placed-devices.ts';
import { tinyShape } from './shapes.ts';

const RATES = typicalRates(4);
const GIB = 2 ** 30;
const ON_CPU: LoadPlan = {
  devices: [],
  deviceLayers: [],
  gpuLayers: 0,
  cpuExpertLayers: 0,
  cpuExpertBlocks: [],
  repack: 'none',
};
const onGpus = (gpus: readonly DeviceMemory[], gpuLayers: number, cpuExpertLayers = 0): LoadPlan => ({
  ...ON_CPU,
  devices: gpus.map(({ name }) => name),
  deviceLayers: byFreeMemory(
    gpuLayers,
    gpus.map(({ freeBytes }) => freeBytes),
  ),
  gpuLayers,
  cpuExpertLayers,
});
const gpu = (name: string, freeBytes: number): DeviceMemory => ({
  name,
  kind: 'gpu',
  label: name,
  totalBytes: freeBytes,
  freeBytes,
  isShared: false,
});
const machine = (freeBytes: number, gpus: readonly DeviceMemory[] = []): MachineSnapshot => ({
  host: { totalBytes: freeBytes, freeBytes },
  gpus,
  machines: [],
});
const BATCH = { nUbatch: 1000, nSlice: 0, kvType: 'f16' } as const;

describe('layers', () => {
  const placesOf = (load: LoadPlan, gpus: readonly DeviceMemory[]) =>
    placedDevices(tinyShape(4), load, machine(GIB, gpus), RATES).layers.map(
      ({ others, experts, expertsRunOn }) => `${others}${experts}${expertsRunOn}`,
    );
  const places = (gpuLayers: number, cpuExpertLayers: number, ...gpus: DeviceMemory[]) =>
    placesOf(onGpus(gpus, gpuLayers, cpuExpertLayers), gpus);

  test('lie on the host, or the last ones on the GPU', () => {
    expect(placesOf(ON_CPU, [])).toEqual(['000', '000', '000', '000']);
    expect(places(5, 0, gpu('GPU0', 10))).toEqual(['111', '111', '111', '111']);
    // three of five, the output layer among them; the GPU is sent the experts of the others
    expect(places(3, 0, gpu('GPU0', 10))).toEqual(['001', '001', '111', '111']);
  });

  test('have their experts in RAM for the first MoE layers', () => {
    expect(places(5, 2, gpu('GPU0', 10))).toEqual(['101', '101', '111', '111']);
  });

  test('are shared between GPUs by their free memory', () => {
    expect(places(5, 0, gpu('GPU0', 30), gpu('GPU1', 20))).toEqual(['111', '111', '111', '222']);
  });
});

describe('tokens', () => {
  test('go through in packs of whole demos', () => {
    const passes = planPasses(tinyShape(2), { lengths: [600, 300, 600, 700], alone: false }, BATCH);
    expect(passes).toMatchObject({
      tokens: 2200,
      count: 3,
      attentionMaskBytes: 900 * 700 * 2,
      kvCells: 1024,
      slices: 3,
      kvElementBytes: 2,
    });
    expect(planPasses(tinyShape(2), { lengths: [600, 300], alone: true }, BATCH).count).toBe(2);
  });

  test('of a demo longer than a ubatch in several', () => {
    expect(planPasses(tinyShape(2), { lengths: [2500], alone: false }, BATCH)).toMatchObject({
      count: 3,
      attentionMaskBytes: 1000 * 2500 * 2,
      kvCells: 2560,
    });
  });

  test('of a demo longer than the context in windows, as many at once as a ubatch takes', () => {
    const long = planPasses(tinyShape(2), { lengths: [2500, 300], alone: false, window: 400 }, BATCH);
    // twice 400 + 400, then 400 + 400 + 100; the next demo is not read with a part of this one
    expect(long).toMatchObject({ tokens: 2800, count: 4, attentionMaskBytes: 900 * 400 * 2, kvCells: 1024 });
    const apart = [400, 400, 400, 400, 400, 400, 100, 300].reduce((sum, n) => sum + (n * (n + 1)) / 2, 0);
    expect(long.attended).toBe(apart);
    expect(planPasses(tinyShape(2), { lengths: [2500], alone: true, window: 400 }, BATCH).count).toBe(7);
    const short = { lengths: [400, 300], alone: false };
    expect(planPasses(tinyShape(2), { ...short, window: 400 }, BATCH)).toEqual(planPasses(tinyShape(2), short, BATCH));
  });

  test('are sliced for the experts', () => {
    expect(planPasses(tinyShape(2), { lengths: [900], alone: false }, { ...BATCH, nSlice: 250 }).slices).toBe(4);
    const whole = planPasses(tinyShape(2), { lengths: [900], alone: false }, BATCH);
    const sliced = planPasses(tinyShape(2), { lengths: [900], alone: false }, { ...BATCH, nSlice: 250 });
    // two stages of two used experts, each with its inputs, for 650 tokens less
    const buffers = 650 * 2 * 2 * (16 + 4) * 4;
    // the CPU backend lists their rows for each of eight experts, and keeps one input of each quantised
    const work = 650 * 2 * (8 * 8 + (4 * 34) / 32);
    expect(whole.computeBytes - sliced.computeBytes).toBe(buffers + work);
  });
});

describe('a run', () => {
  const plan: ScoringPlan = {
    shape: tinyShape(4),
    lengths: [600, 300, 600, 700],
    alone: false,
    batch: BATCH,
    snapshot: machine(GIB),
    load: ON_CPU,
    buffers: null,
  };
  /** So much that the weights find all but so many bytes of room. */
  const short = (bytes: number): ScoringPlan => {
    const { cost } = planCost(plan, RATES);
    const { kvBytes, computeBytes } = cost.memory[0]!;
    const process = RESERVED_BYTES;
    return { ...plan, snapshot: machine(process + kvBytes + computeBytes + 4 * 900 - bytes) };
  };

  test('that fits', () => {
    const estimate = estimateOf(plan, { rates: RATES, confidence: 'rough' });
    expect(estimate).toMatchObject({
      demos: 4,
      tokens: 2200,
      ubatches: 3,
      readBytes: 3600,
      onDiskBytes: 0,
      warnings: [],
    });
    expect(estimate.seconds.high / estimate.seconds.low).toBeGreaterThanOrEqual(9);
    const narrower = estimateOf(plan, { rates: RATES, confidence: 'measured' }).seconds;
    expect(narrower.likely).toBe(estimate.seconds.likely);
    expect(narrower.high - narrower.low).toBeLessThan(estimate.seconds.high - estimate.seconds.low);
  });

  test('with its demos read several times', () => {
    const known = { rates: RATES, confidence: 'rough' } as const;
    const [once, thrice] = [estimateOf(plan, known), estimateOf(plan, known, { rounds: 3 })];
    // what stays in memory is read once
    expect(thrice).toMatchObject({ demos: 4, tokens: 3 * 2200, ubatches: 9, readBytes: 3600 });
    expect(thrice.seconds.low).toBeCloseTo(3 * once.seconds.low, 12);
    expect(estimateOf(short(100), known, { rounds: 3 })).toMatchObject({
      readBytes: 3600 + 8 * 2700,
      onDiskBytes: 100,
    });
  });

  test('that is read again by each ubatch', () => {
    const estimate = estimateOf(short(100), { rates: RATES, confidence: 'rough' });
    // beside the layer that is computed and the one that is read ahead there is room to keep one
    expect(estimate).toMatchObject({ readBytes: 3600 + 2 * 2700, onDiskBytes: 100 });
    expect(estimate.warnings).toEqual([{ key: 'readAgain', bytes: 3000, ubatches: 3 }]);
  });

  test('of which no layer fits', () => {
    const sliced = { ...short(3 * 900 + 1), batch: { ...BATCH, nSlice: 300 } };
    const { cost } = planCost(sliced, RATES);
    const smaller = {
      ...sliced,
      snapshot: machine(RESERVED_BYTES + cost.memory[0]!.kvBytes + cost.memory[0]!.computeBytes + 899),
    };
    const estimate = estimateOf(smaller, { rates: RATES, confidence: 'rough' });
    expect(estimate.warnings).toEqual([{ key: 'layerTooLarge', reads: 3 }]);
    // ubatches of 900, 600 and 700 tokens are three, two and three slices
    expect(estimate.readBytes).toBe(4 * (3 * 100 + 8 * 800));
  });

  test('that has no room for its cache', () => {
    const none = { ...plan, snapshot: machine(1000) };
    expect(estimateOf(none, { rates: RATES, confidence: 'rough' }).warnings[0]).toMatchObject({
      key: 'tooSmall',
      device: 'CPU',
      availableBytes: 0,
    });
  });

  test('on a GPU', () => {
    const there = { ...plan, load: onGpus([gpu('GPU0', GIB)], 5, 1), snapshot: machine(GIB, [gpu('GPU0', GIB)]) };
    const { memory, networkBytes } = estimateOf(there, { rates: RATES, confidence: 'rough' });
    expect(memory).toMatchObject([
      { kind: 'host', weightsBytes: 800 },
      { kind: 'gpu', weightsBytes: 4 * 900 - 800 },
    ]);
    expect(networkBytes).toBe(0);
  });
});
