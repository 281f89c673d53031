// What a machine has free, as one run sees it.
import { freemem, totalmem } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { Backend } from '../../../electron/engine/base/backend/backend.ts';
import { committable, hostMemory, takeSnapshot } from '../../../electron/engine/models/placement/machine-snapshot.ts';
import type { Device } from '../../../electron/contract/device.ts';
import { windowsMemory, type WindowsMemory } from '../../../native/index.ts';

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

test('the host has no more free than there is', () => {
  const { totalBytes, freeBytes } = hostMemory();
  expect(totalBytes).toBeGreaterThan(0);
  expect(totalBytes).toBeLessThanOrEqual(totalmem());
  expect(freeBytes).toBeGreaterThan(0);
  expect(freeBytes).toBeLessThanOrEqual(totalBytes);
});

describe('on Windows', () => {
  const memory = { totalBytes: 16 * GIB, freeBytes: 10 * GIB };
  const unlimited: WindowsMemory = {
    commitLimit: 24 * GIB,
    commitFree: 15 * GIB,
    processLimit: 0,
    jobLimit: 0,
    jobCommitted: 0,
  };

  test.each<[string, Partial<WindowsMemory>, { total: number; free: number }]>([
    ['with page files memory alone decides', {}, { total: 16, free: 10 }],
    ['others have reserved more than they use', { commitFree: 4 * GIB }, { total: 16, free: 4 }],
    [
      'a limit of the job, of which others have used a part',
      { jobLimit: 8 * GIB, jobCommitted: GIB },
      { total: 8, free: 7 },
    ],
    ['a job that is full', { jobLimit: 2 * GIB, jobCommitted: 3 * GIB }, { total: 2, free: 0 }],
    ['a limit of each process', { processLimit: 6 * GIB }, { total: 6, free: 6 }],
    ['both', { processLimit: 6 * GIB, jobLimit: 8 * GIB, jobCommitted: 3 * GIB }, { total: 6, free: 5 }],
  ])('%s', (_, facts, { total, free }) => {
    expect(committable(memory, { ...unlimited, ...facts })).toEqual({ totalBytes: total * GIB, freeBytes: free * GIB });
  });

  test.runIf(process.platform === 'win32')('the system is asked', () => {
    const { commitLimit = 0, commitFree = 0 } = windowsMemory() ?? {};
    expect(commitLimit).toBeGreaterThan(0);
    expect(commitFree).toBeGreaterThan(0);
    expect(commitFree).toBeLessThanOrEqual(commitLimit);
    expect(hostMemory().freeBytes).toBeLessThanOrEqual(commitFree + freemem() / 10);
  });
});

test.runIf(process.platform !== 'win32')('elsewhere Windows is not asked', () => {
  expect(windowsMemory()).toBeNull();
});
