// What is scored at once, by the memory there is.
import { describe, expect, test } from 'vitest';
import { type Batch, sliceTokens } from '../../../electron/engine/models/placement/packs.ts';
import { HOST } from '../../../electron/engine/models/placement/layer-map.ts';
import { RESERVED_BYTES } from '../../../electron/engine/models/placement/machine-snapshot.ts';
import { hostWeights } from '../../../electron/engine/models/placement/reading.ts';
import { tinyShape } from './shapes.ts';
import { type BatchQuestion, chooseBatch } from '../../../electron/engine/models/placement/plan-batch.ts';

const MIB = 2 ** 20;
/** Three layers of 630 MiB, as the generated bench model has them. */
const LAYERS = mapped(3, 630 * MIB);
/** Much as llama.cpp allocates for that model: some for each token of the ubatch, and of a slice. */
const buffersOf = ({ nUbatch, nSlice, kvType }: Batch): number =>
  (nUbatch * 0.06 + (nSlice || nUbatch) * 0.12 + nUbatch * (kvType === 'f16' ? 0.006 : 0.003)) * MIB;

function mapped(count: number, experts: number): BatchQuestion['weights']['layers'] {
  return Array.from({ length: count }, () => ({ others: 0, experts }));
}

function choose(part: Partial<BatchQuestion>) {
  return chooseBatch({
    lengths: new Array<number>(16).fill(512),
    alone: false,
    nUbatch: 'auto',
    begun: null,
    weights: { layers: LAYERS, fixedBytes: 0 },
    roomBytes: 64 * 1024 * MIB,
    measure: (batches) => Promise.resolve(batches.map(buffersOf)),
    ...part,
  });
}

describe('a model that fits', () => {
  test('by far: the usual ubatch, and nothing is measured', async () => {
    const chosen = await choose({ measure: () => Promise.reject(new Error('measured')) });
    expect(chosen).toMatchObject({ nUbatch: 2048, nSlice: 0, kvType: 'f16', bufferBytes: null, residency: 'all' });
    expect(chosen.readBytes).toBe(3 * 630 * MIB);
  });

  test('tightly: it is read once, whatever the ubatch, so that the largest slice wins', async () => {
    const chosen = await choose({ roomBytes: 4096 * MIB });
    expect(chosen).toMatchObject({ residency: 'all', nSlice: 0 });
    expect(chosen.readBytes).toBe(3 * 630 * MIB);
  });
});

describe('a model that does not fit', () => {
  test('one layer does: the largest ubatch, in slices that leave room for the layer', async () => {
    const chosen = await choose({ roomBytes: 1650 * MIB });
    expect(chosen).toMatchObject({ nUbatch: 8192, nUbatches: 1, kvType: 'f16', residency: 'layer' });
    expect(chosen.nSlice).toBeGreaterThan(0);
    expect(chosen.readBytes).toBe(3 * 630 * MIB);
  });

  test('less room: the ubatch is halved before a layer is pushed out', async () => {
    const chosen = await choose({ roomBytes: 1298 * MIB });
    expect(chosen).toMatchObject({ nUbatch: 4096, nUbatches: 2, residency: 'layer' });
    expect(chosen.readBytes).toBe(2 * 3 * 630 * MIB);
  });

  test('not even one layer: every slice reads the model, so that they are as large as can be', async () => {
    const chosen = await choose({ roomBytes: RESERVED_BYTES + 340 * MIB });
    expect(chosen.residency).toBe('none');
    expect(sliceTokens(chosen)).toBe(1024);
    expect(chosen.readBytes).toBe(8 * 3 * 630 * MIB);
  });

  test('keys and values are quantised only when nothing fits otherwise', async () => {
    const measure = (batches: readonly Batch[]): Promise<number[]> =>
      Promise.resolve(batches.map(({ kvType }) => (kvType === 'f16' ? 4096 : 256) * MIB));
    expect(await choose({ roomBytes: 1500 * MIB, measure })).toMatchObject({ kvType: 'q8_0' });
  });

  test('what is left beside a layer reads the next one ahead, and keeps the first ones', async () => {
    const { paging, readBytes } = await choose({
      weights: { layers: mapped(12, 160 * MIB), fixedBytes: 0 },
      roomBytes: 1792 * MIB,
      lengths: new Array<number>(64).fill(512),
    });
    expect(paging?.aheadBytes).toBe(160 * MIB);
    expect(paging?.keepLayers).toBeGreaterThan(0);
    expect(readBytes).toBe((12 + 3 * (12 - paging!.keepLayers)) * 160 * MIB);
    expect((await choose({ roomBytes: 500 * MIB })).paging).toBeNull();
  });

  test('repacked weights take from the room', async () => {
    const { residency } = await choose({ roomBytes: 1298 * MIB, weights: { layers: LAYERS, fixedBytes: 400 * MIB } });
    expect(residency).toBe('none');
  });

  test('repacked whole, a model stays whole: the buffers take what it leaves', async () => {
    const shape = tinyShape(4);
    const layers = shape.layers.map((layer) => ({ ...layer, experts: { bytes: 2048 * MIB, parameters: 0 } }));
    const spots = layers.map(() => ({ others: HOST, experts: HOST }));
    const chosen = await choose({
      weights: hostWeights(layers, spots, 'all'),
      roomBytes: 10 * 1024 * MIB,
      lengths: [1700, 1700, 1700],
      measure: (batches) =>
        Promise.resolve(batches.map(({ nUbatch, nSlice }) => (nUbatch * 0.05 + (nSlice || nUbatch) * 0.38) * MIB)),
    });
    expect(chosen).toMatchObject({ nUbatch: 4096, nSlice: 0, residency: 'all', paging: null });
  });

  test('nothing fits', async () => {
    const measure = (batches: readonly Batch[]): Promise<number[]> => Promise.resolve(batches.map(() => Infinity));
    await expect(choose({ roomBytes: 1500 * MIB, measure })).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
  });
});

describe('what was asked for', () => {
  test('a ubatch stays, only its slices are chosen', async () => {
    expect(await choose({ nUbatch: 512 })).toMatchObject({ nUbatch: 512, nSlice: 0 });
    const chosen = await choose({ nUbatch: 8192, roomBytes: 1650 * MIB });
    expect(chosen).toMatchObject({ nUbatch: 8192, residency: 'layer' });
  });

  test('an unfinished run goes on with its batch while that fits', async () => {
    const begun: Batch = { nUbatch: 1024, nSlice: 256, kvType: 'f16' };
    expect(await choose({ begun })).toMatchObject(begun);
    expect(await choose({ begun, roomBytes: 1298 * MIB })).toMatchObject(begun);
    const tooLarge: Batch = { nUbatch: 8192, nSlice: 0, kvType: 'f16' };
    expect((await choose({ begun: tooLarge, roomBytes: 1298 * MIB })).nUbatch).toBe(4096);
  });
});

test('no larger ubatch than the demos fill; a long demo takes several', async () => {
  const room = { roomBytes: 1650 * MIB };
  expect((await choose({ ...room, lengths: [300, 300] })).nUbatch).toBe(1024);
  expect((await choose({ ...room, lengths: [20_000] })).nUbatches).toBe(3);
  expect((await choose({ ...room, lengths: [300, 300], alone: true })).nUbatches).toBe(2);
});
