// What is estimated of a run: where its layers lie, how its tokens are cut, and what follows.
import { describe, expect, test } from 'vitest';
import { typicalRates } from '../../../electron/engine/placement/rates.ts';
import { estimateOf, planCost, type RunPlan } from '../../../electron/engine/placement/estimate.ts';
import { planPasses } from '../../../electron/engine/placement/passes.ts';
import { placeLayers, type FreeDevices } from '../../../electron/engine/placement/place-layers.ts';
import { tinyShape } from './shapes.ts';

const RATES = typicalRates(4);
const GIB = 2 ** 30;
const ON_CPU = { devices: [], gpuLayers: 0, cpuExpertLayers: 0, repack: 'all' as const };
const onGpus = (gpuLayers: number, cpuExpertLayers = 0, devices = ['GPU0']) => ({
  ...ON_CPU,
  devices,
  gpuLayers,
  cpuExpertLayers,
});
const gpu = (name: string, freeBytes: number) => ({ name, kind: 'gpu' as const, freeBytes });
const BATCH = { nUbatch: 1000, nSlice: 1000, kvType: 'f16' } as const;

describe('layers', () => {
  const places = (placed: RunPlan['placed'], ...others: FreeDevices['others']) =>
    placeLayers(tinyShape(4), placed, { hostBytes: GIB, others }, RATES).layers.map(
      ({ others: o, experts, expertsRunOn }) => `${o}${experts}${expertsRunOn}`,
    );

  test('lie on the host, or the last ones on the GPU', () => {
    expect(places(ON_CPU)).toEqual(['000', '000', '000', '000']);
    expect(places(onGpus(5), gpu('GPU0', 10))).toEqual(['111', '111', '111', '111']);
    // three of five, the output layer among them; the GPU is sent the experts of the others
    expect(places(onGpus(3), gpu('GPU0', 10))).toEqual(['001', '001', '111', '111']);
  });

  test('have their experts in RAM for the first MoE layers', () => {
    expect(places(onGpus(5, 2), gpu('GPU0', 10))).toEqual(['101', '101', '111', '111']);
  });

  test('are shared between GPUs by their free memory', () => {
    expect(places(onGpus(5, 0, ['GPU0', 'GPU1']), gpu('GPU0', 30), gpu('GPU1', 20))).toEqual([
      '111',
      '111',
      '111',
      '222',
    ]);
  });
});

describe('tokens', () => {
  test('go through in packs of whole demos', () => {
    const passes = planPasses(tinyShape(2), [600, 300, 600, 700], BATCH, false);
    expect(passes).toMatchObject({ tokens: 2200, count: 3, largest: 900, kvCells: 1024, slices: 1, kvElementBytes: 2 });
    expect(planPasses(tinyShape(2), [600, 300], BATCH, true).count).toBe(2);
  });

  test('of a demo longer than a ubatch in several', () => {
    expect(planPasses(tinyShape(2), [2500], BATCH, false)).toMatchObject({ count: 3, largest: 1000, kvCells: 2560 });
  });

  test('are sliced for the experts', () => {
    expect(planPasses(tinyShape(2), [900], { ...BATCH, nSlice: 250 }, false).slices).toBe(4);
    const whole = planPasses(tinyShape(2), [900], BATCH, false);
    const sliced = planPasses(tinyShape(2), [900], { ...BATCH, nSlice: 250 }, false);
    // gate, up and output of two used experts, for 650 tokens less
    expect(whole.computeBytes - sliced.computeBytes).toBe(650 * 2 * (2 * 4 + 16) * 4);
  });
});

describe('a run', () => {
  const plan: RunPlan = {
    shape: tinyShape(4),
    lengths: [600, 300, 600, 700],
    isRecurrent: false,
    batch: BATCH,
    placed: ON_CPU,
    free: { hostBytes: GIB, others: [] },
    buffers: null,
  };
  /** So much that the weights find all but so many bytes of room. */
  const short = (bytes: number): RunPlan => {
    const { cost } = planCost(plan, RATES);
    const { kvBytes, computeBytes } = cost.memory[0]!;
    const process = 160 << 20;
    return { ...plan, free: { hostBytes: process + kvBytes + computeBytes + 4 * 900 - bytes, others: [] } };
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
      free: { hostBytes: (160 << 20) + cost.memory[0]!.kvBytes + cost.memory[0]!.computeBytes + 899, others: [] },
    };
    const estimate = estimateOf(smaller, { rates: RATES, confidence: 'rough' });
    expect(estimate.warnings).toEqual([{ key: 'layerTooLarge', reads: 3 }]);
    expect(estimate.readBytes).toBe(3 * 4 * (100 + 3 * 800));
  });

  test('that has no room for its cache', () => {
    const none = { ...plan, free: { hostBytes: 1000, others: [] } };
    expect(estimateOf(none, { rates: RATES, confidence: 'rough' }).warnings[0]).toMatchObject({
      key: 'tooSmall',
      device: 'CPU',
      availableBytes: 0,
    });
  });

  test('on a GPU', () => {
    const there = { ...plan, placed: onGpus(5, 1), free: { hostBytes: GIB, others: [gpu('GPU0', GIB)] } };
    const { memory, networkBytes } = estimateOf(there, { rates: RATES, confidence: 'rough' });
    expect(memory).toMatchObject([
      { kind: 'host', weightsBytes: 800 },
      { kind: 'gpu', weightsBytes: 4 * 900 - 800 },
    ]);
    expect(networkBytes).toBe(0);
  });
});
