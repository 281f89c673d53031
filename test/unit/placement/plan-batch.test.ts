// What is asked of llama.cpp before a batch is chosen, and what follows from its answer.
import { expect, test } from 'vitest';
import type { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { RESERVED_BYTES, type MachineSnapshot } from '../../../electron/engine/models/placement/machine-snapshot.ts';
import type { LoadPlan } from '../../../electron/engine/models/placement/place-model.ts';
import { planBatch } from '../../../electron/engine/models/placement/plan-batch.ts';
import { workBytes } from '../../../electron/engine/models/placement/workload.ts';
import { tinyShape } from './shapes.ts';

const MIB = 2 ** 20;
/** The last two of four layers, and the output. */
const LOAD: LoadPlan = {
  devices: ['GPU0'],
  deviceLayers: [3],
  gpuLayers: 3,
  cpuExpertLayers: 0,
  cpuExpertBlocks: [],
  repack: 'none',
};
const WORKER = RESERVED_BYTES;
const BUFFERS = 10 * MIB;
const LAYER = 100 * MIB;

function planWith(isShared: boolean, freeBytes: number) {
  const uses = ['CPU', 'GPU0'].map((device) => ({ device, cacheBytes: 0, computeBytes: BUFFERS }));
  const backend = {
    call: (_: string, { contexts }: { contexts: readonly unknown[] }) => Promise.resolve(contexts.map(() => uses)),
  } as unknown as Backend;
  // no product of which the CPU backend would keep inputs
  const tiny = { ...tinyShape(4), nEmbd: 0, keyLength: 0, nExpertUsed: 0 };
  const none = { bytes: 0, parameters: 0 };
  const layers = tiny.layers.map((layer) => ({ ...layer, others: none, experts: { bytes: LAYER, parameters: 0 } }));
  const gpu = { name: 'GPU0', kind: 'gpu', label: 'GPU0', totalBytes: 4096 * MIB, freeBytes: 4096 * MIB } as const;
  const snapshot: MachineSnapshot = {
    host: { totalBytes: 4096 * MIB, freeBytes },
    gpus: [{ ...gpu, isShared }],
    machines: [],
  };
  return planBatch(
    { files: { path: '/nowhere', parts: [] }, shape: { ...tiny, layers, tokenEmbedding: none }, snapshot, load: LOAD },
    { lengths: [512], alone: false, nUbatch: 'auto', threads: 4, begun: null },
    backend,
  );
}

test('what a GPU takes of the host’s memory, weights and buffers, is not there for the host’s weights', async () => {
  const own = WORKER + BUFFERS + 2 * LAYER;
  const buffers = { kvBytes: 0, computeBytes: BUFFERS };
  expect(await planWith(false, own)).toMatchObject({ residency: 'all', buffers: [buffers, buffers] });
  await expect(planWith(true, own)).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
  expect((await planWith(true, own + BUFFERS + 2 * LAYER)).residency).toBe('all');
  expect((await planWith(true, own + BUFFERS + 2 * LAYER - 1)).residency).toBe('layer');
});

test('the CPU backend works in as much as the largest product needs', () => {
  const shape = { ...tinyShape(1), nEmbd: 64, nExpert: 8, nExpertUsed: 2, nFfExp: 32 };
  // a row for each of 8 experts, and 32 quantised values, of 2 experts for 100 tokens
  expect(workBytes(shape, 100, 100)).toBe(200 * (64 + 34));
  // 64 quantised values for each of 1000 tokens
  expect(workBytes(shape, 1000, 100)).toBe(1000 * 68);
});
