// What a machine has free, as one run sees it.
import { expect, test } from 'vitest';
import type { Backend } from '../../../electron/engine/backend/backend.ts';
import { takeSnapshot } from '../../../electron/engine/placement/machine-snapshot.ts';
import type { Device } from '../../../native/index.ts';

const GIB = 2 ** 30;
const CARD: Device = {
  name: 'Vulkan0',
  description: 'a card',
  backend: 'Vulkan',
  features: [],
  type: 'gpu',
  memoryTotal: 8 * GIB,
  memoryFree: 6 * GIB,
};

async function gpuFree(device: Device): Promise<number | undefined> {
  const backend = { call: () => Promise.resolve([device]) } as unknown as Backend;
  const { gpus } = await takeSnapshot({ gpu: 'vulkan', rpc: [], memoryLimit: 1e6 }, backend);
  return gpus[0]?.freeBytes;
}

test('a limit on memory binds a GPU that shares it, and no other', async () => {
  expect(await gpuFree({ ...CARD, type: 'igpu' })).toBe(1e6);
  expect(await gpuFree({ ...CARD, type: 'igpu', memoryTotal: 0, memoryFree: 0 })).toBe(1e6);
  expect(await gpuFree(CARD)).toBe(6 * GIB);
});
