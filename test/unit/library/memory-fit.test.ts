// Verdicts on memory, at their borders.
import type { FreeMemory } from '../../../electron/contract/api/library.ts';
import { describe, expect, test } from 'vitest';
import { memoryFit, roomFor } from '../../../electron/engine/models/library/memory-fit.ts';
import { modelShape } from '../../../electron/engine/models/placement/model-shape.ts';
import { type MeasuredModel, memoryFacts } from '../../../electron/engine/models/placement/conversation.ts';
import { MODEL } from '../store/tiny-run.ts';

const GIB = 2 ** 30;
const INFO = { ...MODEL, arch: 'tiny', nExpert: 64, nExpertUsed: 8, blockCount: 1, contextLength: 8192 };
const model = modelOf(4 * GIB);
const { computeBytes } = memoryFacts(model, 4096);
const NEED = 20 * GIB + computeBytes;

/** With experts of 16 GiB. */
function modelOf(otherBytes: number): MeasuredModel {
  const tensors = [
    { name: 'blk.0.ffn_down_exps.weight', ne: [1, 1, 64], bytes: 16 * GIB },
    { name: 'output_norm.weight', ne: [1], bytes: otherBytes },
  ];
  return { info: INFO, kv: {}, shape: modelShape({ info: INFO, kv: {}, tensors }) };
}

function machine(ramFree: number, vramFree: number | null = null, isShared = false): FreeMemory {
  return {
    ram: { totalBytes: 256 * GIB, freeBytes: ramFree },
    vram: vramFree === null ? null : { totalBytes: 256 * GIB, freeBytes: vramFree, isShared },
  };
}

function verdict(free: FreeMemory): string {
  return memoryFit(model, { ctx: 4096, keep: null }, free).verdict;
}

describe('the verdict', () => {
  test('without GPU', () => {
    expect(verdict(machine(NEED / 0.9 + 1))).toBe('ram');
    expect(verdict(machine(NEED / 0.9 - 1))).toBe('tight');
    expect(verdict(machine(NEED))).toBe('tight');
    expect(verdict(machine(NEED - 1))).toBe('disk');
  });

  test('with a GPU of its own memory', () => {
    expect(verdict(machine(0, NEED))).toBe('gpu');
    expect(verdict(machine(NEED, NEED - 1))).toBe('mixed');
    expect(verdict(machine(10 * GIB, NEED - 9 * GIB))).toBe('mixed');
    expect(verdict(machine(10 * GIB, NEED - 10 * GIB))).toBe('tight');
    expect(verdict(machine(10 * GIB, NEED - 10 * GIB - 1))).toBe('disk');
  });

  test('with a GPU that shares the memory: nothing counts twice', () => {
    expect(verdict(machine(NEED, NEED, true))).toBe('gpu');
    expect(verdict(machine(NEED / 0.9 + 1, NEED - 1, true))).toBe('mixed');
    expect(verdict(machine(NEED - 1, NEED - 1, true))).toBe('disk');
  });
});

test('no more context is counted than the model was made for', () => {
  const at = (ctx: number) => memoryFit(model, { ctx, keep: null }, machine(GIB));
  expect(at(4096).ctx).toBe(4096);
  expect(at(65_536)).toEqual(at(8192));
  expect(at(65_536).ctx).toBe(8192);
});

describe('the pruned column', () => {
  test('holds the weights of the kept experts', () => {
    const fit = memoryFit(model, { ctx: 4096, keep: 32 }, machine(15 * GIB));
    expect(fit).toMatchObject({
      full: { weightsBytes: 20 * GIB },
      pruned: { weightsBytes: 12 * GIB, computeBytes },
      verdict: 'disk',
      prunedVerdict: 'ram',
    });
  });

  test('is empty where nothing is kept back, or there are no experts', () => {
    expect(memoryFit(model, { ctx: 4096, keep: null }, machine(GIB))).toMatchObject({
      pruned: null,
      prunedVerdict: null,
    });
    const dense = { ...model, info: { ...model.info, nExpert: 0 } };
    expect(memoryFit(dense, { ctx: 4096, keep: 8 }, machine(GIB))).toMatchObject({
      full: { weightsBytes: 20 * GIB },
      pruned: null,
    });
  });

  test('refuses more experts than there are', () => {
    expect(() => memoryFit(model, { ctx: 4096, keep: 65 }, machine(GIB))).toThrow(
      /has 64 experts per layer; 65 cannot/,
    );
  });
});

describe('the room for a model', () => {
  test('is what the verdict calls fitting, and not tight', () => {
    for (const free of [machine(30 * GIB), machine(10 * GIB, 8 * GIB), machine(30 * GIB, 30 * GIB, true)]) {
      const room = roomFor(free).memory;
      const of = (bytes: number) =>
        memoryFit(modelOf(bytes - computeBytes - 16 * GIB), { ctx: 4096, keep: null }, free).verdict;
      expect(['ram', 'mixed', 'gpu']).toContain(of(Math.floor(room)));
      expect(of(Math.ceil(room) + 1)).toMatch(/tight|gpu/);
    }
    expect(roomFor(machine(10 * GIB)).vram).toBeNull();
    expect(roomFor(machine(10 * GIB, 8 * GIB)).vram).toBe(8 * GIB);
  });
});
