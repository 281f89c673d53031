// Memory of this machine: what there is, and what is free now.
import type { MemoryFit } from '../../contract/api/library.ts';
import { Backend } from '../backend/backend.ts';
import { hostMemory } from '../placement/host-memory.ts';
import { gpusOf, sharesMemory } from '../placement/place-model.ts';
import type { WorkerHost } from '../backend/worker-host.ts';

/** Asking the GPUs takes a process and its drivers; meanwhile the page may ask at every step of a slider. */
const ASK_AGAIN_MS = 10_000;

export type FreeMemory = Pick<MemoryFit, 'ram' | 'vram'>;

export class MachineMemory {
  readonly #host: WorkerHost;
  readonly #onFailure: (error: unknown) => void;
  #gpus: { readonly asked: number; readonly answer: Promise<FreeMemory['vram']> } | null = null;

  /** @param onFailure learns why the GPUs cannot be asked */
  constructor(host: WorkerHost, onFailure: (error: unknown) => void) {
    this.#host = host;
    this.#onFailure = onFailure;
  }

  /** In bytes; GPUs are asked again after a while only, since that takes a process. */
  async read(): Promise<FreeMemory> {
    const now = performance.now();
    if (!this.#gpus || now - this.#gpus.asked > ASK_AGAIN_MS) this.#gpus = { asked: now, answer: this.#askGpus() };
    return { vram: await this.#gpus.answer, ram: hostMemory() };
  }

  /** A driver that ends its process leaves the machine without GPU. */
  async #askGpus(): Promise<FreeMemory['vram']> {
    using backend = new Backend('auto', this.#host);
    try {
      const gpus = gpusOf(await backend.call('devices', {}), 'auto');
      if (gpus.length === 0) return null;
      const own = gpus.filter((gpu) => !sharesMemory(gpu));
      const counted = own.length > 0 ? own : gpus;
      const sum = (of: 'memoryTotal' | 'memoryFree'): number => counted.reduce((total, gpu) => total + gpu[of], 0);
      return { totalBytes: sum('memoryTotal'), freeBytes: sum('memoryFree'), isShared: own.length === 0 };
    } catch (error) {
      this.#onFailure(error);
      return null;
    }
  }
}
