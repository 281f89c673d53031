// What this machine, and those that lend it memory, have free. It is read once for a run: all decisions about the run rest on
// the same figures, and on nothing else that changes from one moment to the next.
import { totalmem } from 'node:os';
import { type WindowsMemory, windowsMemory } from '../../../../native/index.ts';
import type { Device } from '../../../contract/device.ts';
import { WinnowError } from '../../../contract/errors.ts';
import type { Placement } from '../../../contract/requests.ts';
import { msg } from '../../../contract/sentences.ts';
import { type Backend, machineRefusal } from '../../base/backend/backend.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';

/**
 * Memory of the worker itself: Node with the addon, the vocabulary, and results on their way. Weights, cache, compute buffers and the
 * CPU backend's own working memory (`workBytes`) come on top. This is the middle of the measured range, 39 to 73 MB.
 */
export const PROCESS_BYTES = 56 << 20;

/**
 * Host memory that no plan uses: the worker's own, and room for what passes through the system's cache while weights are read
 * again and again. If nothing is left for that, Linux kills the worker.
 */
export const RESERVED_BYTES = PROCESS_BYTES + (104 << 20);

/** In bytes. */
type Memory = { readonly totalBytes: number; readonly freeBytes: number };

/** A device other than the CPU. */
export type DeviceMemory = Memory & {
  /** llama.cpp's name, such as "CUDA0". */
  readonly name: string;
  /** `machine`: another machine's memory. */
  readonly kind: 'gpu' | 'machine';
  /** The name that people know: a machine's HOST:PORT, a GPU's name. */
  readonly label: string;
  /** Whether it has no memory of its own, but uses part of the host's. */
  readonly isShared: boolean;
};

export type MachineSnapshot = {
  /** Memory other than the GPUs'; in a container, what that may use. Free is what may be used: no more than `memoryLimit`. */
  readonly host: Memory;
  /** The requested GPUs of this machine. */
  readonly gpus: readonly DeviceMemory[];
  /** What other machines lend, in their order. */
  readonly machines: readonly DeviceMemory[];
};

type SnapshotWishes = Pick<Placement, 'gpu' | 'rpc' | 'memoryLimit'>;

/**
 * Reads the memory of this machine and of those that lend memory, which the worker knows from then on.
 * @throws WinnowError GPU_UNAVAILABLE when a GPU was requested by name and there is none; MACHINE_UNAVAILABLE, which names the
 * first machine that cannot be used
 */
export async function takeSnapshot(
  { gpu, rpc, memoryLimit = Infinity }: SnapshotWishes,
  backend: Backend,
  options: Pick<CallOptions, 'signal'> = {},
): Promise<MachineSnapshot> {
  const lent = rpc.length > 0 ? await addMachines(backend, rpc, options) : [];
  const devices = gpu === 'off' && lent.length === 0 ? [] : await backend.call('devices', {}, options);
  const wanted = await requiredGpus(devices, gpu, backend, options);
  const memory = hostMemory();
  const host = { ...memory, freeBytes: Math.min(memory.freeBytes, memoryLimit) };
  return {
    host,
    gpus: wanted.map((device) => gpuMemory(device, host)),
    machines: machineDevices(devices)
      .filter(({ name }) => lent.includes(name))
      .map(({ name, description, memoryTotal, memoryFree }) => ({
        name,
        kind: 'machine',
        label: description,
        totalBytes: memoryTotal,
        freeBytes: memoryFree,
        isShared: false,
      })),
  };
}

/**
 * Makes the devices of machines known to a worker.
 * @returns their names
 * @throws WinnowError MACHINE_UNAVAILABLE, which names the first machine that cannot be used
 */
export async function addMachines(
  backend: Backend,
  endpoints: readonly string[],
  options: CallOptions = {},
): Promise<readonly string[]> {
  const added = await backend.call('addMachines', { endpoints: [...endpoints] }, options);
  for (const { endpoint, error } of added) {
    if (error !== null) throw new WinnowError('MACHINE_UNAVAILABLE', machineRefusal(endpoint, error).why, { endpoint });
  }
  return added.flatMap(({ devices }) => devices);
}

/** Memory of this machine without its GPUs, as it is now. */
export function hostMemory(): Memory {
  const limit = process.constrainedMemory();
  const memory = {
    totalBytes: limit > 0 ? Math.min(totalmem(), limit) : totalmem(),
    freeBytes: process.availableMemory(),
  };
  const windows = windowsMemory();
  const { totalBytes, freeBytes } = windows === null ? memory : committable(memory, windows);
  return { totalBytes, freeBytes: Math.min(freeBytes, totalBytes) };
}

/**
 * Physical memory that a worker may commit beside all others. That is stricter than necessary: pages of a model that is
 * mapped from its file are not committed.
 */
export function committable(memory: Memory, windows: WindowsMemory): Memory {
  const { commitLimit, commitFree, processLimit, jobLimit, jobCommitted } = windows;
  const limits = [processLimit, jobLimit].filter((bytes) => bytes > 0);
  const left = jobLimit > 0 ? Math.max(0, jobLimit - jobCommitted) : Infinity;
  return {
    totalBytes: Math.min(memory.totalBytes, commitLimit, ...limits),
    freeBytes: Math.min(memory.freeBytes, commitFree, left, ...limits),
  };
}

async function requiredGpus(
  devices: readonly Device[],
  gpu: Placement['gpu'],
  backend: Backend,
  options: CallOptions,
): Promise<readonly Device[]> {
  if (gpu === 'off') return [];
  const gpus = pickGpus(devices, gpu);
  if (gpus.length > 0 || gpu === 'auto') return gpus;
  const problems = await backend.call('gpuProblems', {}, options);
  const why = problems.find(({ kind }) => kind === gpu)?.why;
  const said = why ? msg('noGpuBecause', { gpu, why }) : msg('noGpu', { gpu, why: msg('noGpuPackage', { gpu }) });
  throw new WinnowError('GPU_UNAVAILABLE', said, { gpu });
}

/**
 * Memory of a GPU. Like llama.cpp, this assumes that a device that does not report its memory has the host's. A device that shares the
 * host's memory has no more free than may be used of that.
 */
function gpuMemory(device: Device, host: Memory): DeviceMemory {
  const { name, description, memoryTotal, memoryFree } = device;
  const isUnknown = memoryTotal === 0 && memoryFree === 0;
  const isShared = isUnknown || sharesMemory(device);
  const totalBytes = isUnknown ? host.totalBytes : memoryTotal;
  const freeBytes = isUnknown ? host.freeBytes : isShared ? Math.min(memoryFree, host.freeBytes) : memoryFree;
  return { name, kind: 'gpu', label: description, totalBytes, freeBytes, isShared };
}

/** If several backends see the same card, the one made for it comes first. */
const BACKEND_ORDER = ['CUDA', 'Metal', 'MTL', 'Vulkan'];

const BACKENDS_OF_KIND = { cuda: ['CUDA'], metal: ['Metal', 'MTL'], vulkan: ['Vulkan'] } as const;

/** Name of ggml's RPC backend; its devices are described by HOST:PORT. */
const RPC_BACKEND = 'RPC';

/** The GPUs of a kind, each once: if several backends see the same cards, those of the first. */
export function pickGpus(devices: readonly Device[], kind: Exclude<Placement['gpu'], 'off'>): readonly Device[] {
  const wanted: readonly string[] = kind === 'auto' ? BACKEND_ORDER : BACKENDS_OF_KIND[kind];
  const gpus = devices.filter(({ type, backend }) => (type === 'gpu' || type === 'igpu') && wanted.includes(backend));
  const rank = ({ backend }: Device): number => {
    const index = BACKEND_ORDER.indexOf(backend);
    return index < 0 ? BACKEND_ORDER.length : index;
  };
  const best = Math.min(...gpus.map(rank));
  return gpus.filter((device) => rank(device) === best);
}

/** Whether a GPU has no memory of its own, but uses part of the host's. Apple's chips have one memory for everything. */
function sharesMemory({ backend, type }: Device): boolean {
  return type === 'igpu' || ((backend === 'Metal' || backend === 'MTL') && process.arch === 'arm64');
}

/** The devices of the machines that a worker knows, in the order in which they were added. */
export function machineDevices(devices: readonly Device[]): readonly Device[] {
  return devices.filter(({ backend }) => backend === RPC_BACKEND);
}
