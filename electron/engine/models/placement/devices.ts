// Sorts the devices that llama.cpp names into this machine's GPUs and those that other machines lend.
import type { Device } from '../../../contract/device.ts';
import type { Placement } from '../../../contract/requests.ts';

/** If several backends see the same card, the one made for it comes first. */
const BACKEND_ORDER = ['CUDA', 'Metal', 'MTL', 'Vulkan'];

const BACKENDS_OF_KIND = { cuda: ['CUDA'], metal: ['Metal', 'MTL'], vulkan: ['Vulkan'] } as const;

/** Name of ggml's RPC backend; its devices are described by HOST:PORT. */
const RPC_BACKEND = 'RPC';

/** The GPUs of a kind, each once: if several backends see the same cards, those of the first. */
export function gpusOf(devices: readonly Device[], kind: Exclude<Placement['gpu'], 'off'>): readonly Device[] {
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
export function sharesMemory({ backend, type }: Device): boolean {
  return type === 'igpu' || ((backend === 'Metal' || backend === 'MTL') && process.arch === 'arm64');
}

/** The devices of the machines that a worker knows, in the order in which they were added. */
export function machineDevices(devices: readonly Device[]): readonly Device[] {
  return devices.filter(({ backend }) => backend === RPC_BACKEND);
}
