// This machine's memory as the library compares it with models; it is read again from time to time.
import type { FreeMemory } from '../../../contract/api/library.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { hostMemory, takeSnapshot, type DeviceMemory, type MachineSnapshot } from '../placement/machine-snapshot.ts';

/** Asking the GPUs takes a process with its drivers; meanwhile the page may ask at every step of a slider. */
const ASK_AGAIN_MS = 10_000;

export class MachineMemory {
  readonly #host: WorkerHost;
  readonly #onFailure: (error: unknown) => void;
  #last: { readonly asked: number; readonly answer: Promise<FreeMemory> } | null = null;

  /** @param onFailure receives the reason why the GPUs cannot be asked */
  constructor(host: WorkerHost, onFailure: (error: unknown) => void) {
    this.#host = host;
    this.#onFailure = onFailure;
  }

  /** Free memory in bytes. GPUs are asked again only after a while, since that takes a process. */
  async read(): Promise<FreeMemory> {
    const now = performance.now();
    if (!this.#last || now - this.#last.asked > ASK_AGAIN_MS) this.#last = { asked: now, answer: this.#ask() };
    return this.#last.answer;
  }

  /** Asks now. If a driver crashes the process, the machine counts as having no GPU. */
  async #ask(): Promise<FreeMemory> {
    using backend = new Backend('auto', this.#host);
    try {
      return freeMemory(await takeSnapshot({ gpu: 'auto', rpc: [] }, backend));
    } catch (error) {
      this.#onFailure(error);
      return { ram: hostMemory(), vram: null };
    }
  }
}

/** Free memory of this machine, without that of other machines that lend theirs. */
export function freeMemory({ host, gpus }: MachineSnapshot): FreeMemory {
  return { ram: host, vram: gpuMemory(gpus) };
}

/** Memory of all GPUs together; null: none. GPUs that share the RAM count only if there are no others. */
function gpuMemory(gpus: readonly DeviceMemory[]): FreeMemory['vram'] {
  if (gpus.length === 0) return null;
  const own = gpus.filter(({ isShared }) => !isShared);
  const counted = own.length > 0 ? own : gpus;
  const sum = (of: 'totalBytes' | 'freeBytes'): number => counted.reduce((total, gpu) => total + gpu[of], 0);
  return { totalBytes: sum('totalBytes'), freeBytes: sum('freeBytes'), isShared: own.length === 0 };
}
