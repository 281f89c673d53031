// What a run costs, against values computed by hand.
import { expect, test } from 'vitest';
import {
  attendedPairs,
  costOf,
  layerFlops,
  tappedBytes,
  type Device,
  type LayerPlace,
  type Passes,
} from '../../../electron/engine/models/placement/cost.ts';
import { tinyShape } from './shapes.ts';

const SHAPE = tinyShape(2);

const HOST: Device = {
  name: 'CPU',
  kind: 'host',
  flops: 1000,
  memoryRate: 1e9,
  memoryBytes: 1e6,
  isShared: false,
  link: null,
};
const GPU: Device = { ...HOST, name: 'GPU', kind: 'gpu', flops: 10_000, link: { rate: 500, latency: 0 } };
const BOX: Device = { ...HOST, name: 'box', kind: 'machine', link: { rate: 200, latency: 0.5 } };
const ON_HOST: LayerPlace = { others: 0, experts: 0, expertsRunOn: 0 };
const DISK = { rate: 100, overlap: 0 };
/** Ten tokens in two ubatches of one sequence each. */
const PASSES: Passes = {
  tokens: 10,
  count: 2,
  slices: 6,
  attended: 30,
  logitRows: 0,
  loads: 1,
  kvCells: 5,
  kvElementBytes: 2,
  computeBytes: 40,
  buffers: null,
  attentionMaskBytes: 7,
};

const onHost = (device: Partial<Device> = {}, passes: Partial<Passes> = {}, disk: Partial<typeof DISK> = {}) =>
  costOf(
    SHAPE,
    { devices: [{ ...HOST, ...device }], layers: [ON_HOST, ON_HOST], output: 0, repack: 'none' },
    { ...PASSES, ...passes },
    { ...DISK, ...disk },
  );

const LAYER_FLOPS = 2 * 150 * 10 + 2 * 2 * 8 * 30;

test('a token attends to all before it', () => {
  expect(attendedPairs([3, 4])).toBe(1 + 2 + 3 + (1 + 2 + 3 + 4));
  expect(attendedPairs([2])).toBe(3);
  expect(attendedPairs([])).toBe(0);
});

test('FLOPs of products and attention', () => {
  expect(layerFlops(SHAPE, SHAPE.layers[0]!, PASSES)).toBe(LAYER_FLOPS);
  expect(layerFlops(SHAPE, { ...SHAPE.layers[0]!, nHeadKv: 0 }, PASSES)).toBe(2 * 150 * 10);
});

test('taps bring three values for each used expert and three for the token', () => {
  expect(tappedBytes(8)).toBe(108);
});

test('a model that fits is read once', () => {
  const cost = onHost();
  expect(cost).toMatchObject({ readBytes: 1800, residency: 'all', onDiskBytes: 0, networkBytes: 0, loadSeconds: 0 });
  expect(cost.flops).toBe(2 * LAYER_FLOPS);
  // keys and values of two layers: 2 · 8 elements · 5 cells · 2 bytes
  expect(cost.memory).toMatchObject([{ weightsBytes: 1800, kvBytes: 160, computeBytes: 40 }]);
  expect(cost.parts.compute).toBeCloseTo((2 * LAYER_FLOPS) / 1000);
  expect(cost.parts.disk).toBe(18);
  expect(cost.seconds).toBeCloseTo(18 + (2 * LAYER_FLOPS) / 1000);
  expect(cost.limit).toBe('disk');
  expect(onHost({}, {}, { rate: 1e6 }).limit).toBe('compute');
});

test('one that does not fit is read by every pass', () => {
  // cache and buffers take 200 bytes, a layer 900
  const cost = onHost({ memoryBytes: 200 + 1000 });
  expect(cost).toMatchObject({ readBytes: 2 * 1800, residency: 'layer', onDiskBytes: 800 });
  expect(cost.memory[0]?.weightsBytes).toBe(1000);
  expect(onHost({ memoryBytes: 200 + 1800 }).readBytes).toBe(1800);
});

test('where no layer fits, each slice reads the experts', () => {
  const cost = onHost({ memoryBytes: 200 + 899 });
  expect(cost).toMatchObject({ residency: 'none', readBytes: 2 * 2 * (100 + 3 * 800) });
  expect(cost.tooSmall).toEqual([]);
});

test('memory that does not hold cache and buffers is too small', () => {
  expect(onHost({ memoryBytes: 199 }).tooSmall.map(({ name }) => name)).toEqual(['CPU']);
});

test('buffers that llama.cpp was asked for take the place of formulas', () => {
  const cost = onHost({}, { buffers: [{ kvBytes: 1, computeBytes: 2 }] });
  expect(cost.memory).toMatchObject([{ weightsBytes: 1800, kvBytes: 1, computeBytes: 2 }]);
});

test('reading and computing at once', () => {
  const [apart, half, at] = [0, 0.5, 1].map((overlap) => onHost({}, {}, { overlap }).seconds);
  const compute = (2 * LAYER_FLOPS) / 1000;
  expect(apart).toBeCloseTo(18 + compute);
  expect(half).toBeCloseTo(18 + compute / 2);
  expect(at).toBeCloseTo(18);
});

test('small ubatches wait for the weights', () => {
  // two passes of 1800 bytes at 100 bytes/s are more than the products
  const cost = onHost({ memoryRate: 100 });
  expect(cost.parts).toMatchObject({ compute: 0, memory: 36 });
});

test('experts in RAM are sent to the GPU once a pass', () => {
  const place: LayerPlace = { others: 1, experts: 0, expertsRunOn: 1 };
  const cost = costOf(SHAPE, { devices: [HOST, GPU], layers: [place, place], output: 0, repack: 'none' }, PASSES, DISK);
  expect(cost.memory).toMatchObject([
    { weightsBytes: 1600, kvBytes: 0 },
    { weightsBytes: 200, kvBytes: 160 },
  ]);
  expect(cost.parts.compute).toBeCloseTo((2 * LAYER_FLOPS) / 10_000);
  // loading: 200 bytes that the disk gives more slowly than the bus takes them
  expect(cost.loadSeconds).toBe(2);
  const activations = 16 * 4 * 10; // to the GPU, once
  const taps = 2 * 36 * 10;
  const experts = 2 * 800 * 2;
  expect(cost.parts.bus).toBeCloseTo((activations + taps + experts + 2 * 7) / 500);
  expect(cost.networkBytes).toBe(0);
});

test('experts that the processor computes cost two steps a layer', () => {
  const place: LayerPlace = { others: 1, experts: 0, expertsRunOn: 0 };
  const cost = costOf(SHAPE, { devices: [HOST, GPU], layers: [place, place], output: 0, repack: 'none' }, PASSES, DISK);
  const activations = (1 + 2 * 2) * 16 * 4 * 10;
  expect(cost.parts.bus).toBeCloseTo((activations + 2 * 7) / 500);
  const ofExperts = 2 * 2 * 100 * 10;
  expect(cost.parts.compute).toBeCloseTo(ofExperts / 1000 + (2 * LAYER_FLOPS - ofExperts) / 10_000);
});

test('layers on another machine', () => {
  const there: LayerPlace = { others: 1, experts: 1, expertsRunOn: 1 };
  const cost = costOf(
    SHAPE,
    { devices: [HOST, BOX], layers: [ON_HOST, there], output: 0, repack: 'none' },
    PASSES,
    DISK,
  );
  expect(cost.sentBytes).toBe(900);
  expect(cost.networkBytes).toBe(16 * 4 * 10 + 36 * 10 + 2 * 7);
  // a step, four tapped tensors and the mask, in each pass
  expect(cost.parts.network).toBeCloseTo(cost.networkBytes / 200 + 2 * (1 + 4 + 1) * 0.5);
  expect(cost.readBytes).toBe(1800);
  const full = costOf(
    SHAPE,
    { devices: [HOST, { ...BOX, memoryBytes: 900 }], layers: [ON_HOST, there], output: 0, repack: 'none' },
    PASSES,
    DISK,
  );
  expect(full.tooSmall.map(({ name }) => name)).toEqual(['box']);
});

test('what a GPU holds of the host’s memory leaves less room for the host’s weights', () => {
  const there: LayerPlace = { others: 1, experts: 1, expertsRunOn: 1 };
  // of each device, the cache of a layer takes 80 bytes and the buffers 40
  const costWith = (isShared: boolean) =>
    costOf(
      SHAPE,
      {
        devices: [
          { ...HOST, memoryBytes: 2 * (120 + 900) - 1 },
          { ...GPU, isShared },
        ],
        layers: [ON_HOST, there],
        output: 0,
        repack: 'none',
      },
      PASSES,
      DISK,
    );
  expect(costWith(false)).toMatchObject({ residency: 'all', onDiskBytes: 0 });
  expect(costWith(true)).toMatchObject({ residency: 'none', onDiskBytes: 1 });
});

test('logits take the output head’s products and weights, where it lies', () => {
  const none = onHost();
  const some = onHost({}, { logitRows: 5 });
  // the head is the token embedding: 160 parameters, which no pass reads otherwise
  expect(some.flops - none.flops).toBe(2 * 160 * 5);
  expect(some.readBytes).toBe(none.readBytes);
  const own = { ...SHAPE, outputHead: { bytes: 50, parameters: 160 } };
  const there: LayerPlace = { others: 1, experts: 1, expertsRunOn: 1 };
  const places = { devices: [HOST, GPU], layers: [ON_HOST, there], output: 1, repack: 'none' as const };
  const cost = costOf(own, places, { ...PASSES, logitRows: 5 }, DISK);
  expect(cost.memory.map(({ weightsBytes }) => weightsBytes)).toEqual([900, 950]);
});

test('a model that is loaded twice is read and sent twice', () => {
  const once = onHost();
  const twice = onHost({}, { loads: 2 });
  expect([once.readBytes, twice.readBytes]).toEqual([1800, 3600]);
  expect(twice.seconds - once.seconds).toBeCloseTo(1800 / DISK.rate, 9);
  const there: LayerPlace = { others: 1, experts: 1, expertsRunOn: 1 };
  const places = { devices: [HOST, BOX], layers: [ON_HOST, there], output: 0, repack: 'none' as const };
  expect(costOf(SHAPE, places, { ...PASSES, loads: 2 }, DISK)).toMatchObject({ sentBytes: 1800, loadSeconds: 18 });
});
