// Whether a model fits into this machine's memory, before anything is loaded.
import type { FreeMemory, MemoryFit } from '../../../contract/api/library.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { kvIsEstimated } from '../placement/kv-cache.ts';
import { type MeasuredModel, type MemoryFacts, memoryFacts, prunedBytes } from '../placement/conversation.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import { type DeviceMemory, type MachineSnapshot, hostMemory, takeSnapshot } from '../placement/machine-snapshot.ts';

/** The share of free memory from which a fit counts as tight: other programs need some, too. */
const TIGHT_FROM = 0.9;

type Need = MemoryFit['full'];
type Verdict = MemoryFit['verdict'];

/**
 * @param buffers as in `memoryFacts`
 * @throws WinnowError USAGE for a number of experts that the model does not have; GGUF_CORRUPT when its header
 * contradicts itself
 */
export function memoryFit(
  model: MeasuredModel,
  { ctx, keep }: { readonly ctx: number; readonly keep: number | null },
  machine: FreeMemory,
  buffers: number | null = null,
): MemoryFit {
  const facts = memoryFacts(model, ctx, buffers);
  const full = memoryNeed(facts, facts.fullBytes);
  const pruned = keep === null || facts.nExpert === 0 ? null : memoryNeed(facts, prunedWeights(facts, keep));
  const { ram, vram } = machine;
  return {
    ctx: facts.ctx,
    full,
    pruned,
    kvIsEstimated: kvIsEstimated(model),
    ram,
    vram,
    room: roomFor(machine),
    verdict: verdict(full, machine),
    prunedVerdict: pruned && verdict(pruned, machine),
  };
}

function prunedWeights(facts: MemoryFacts, keep: number): number {
  if (keep <= facts.nExpert) return prunedBytes(facts, keep);
  throw new WinnowError('USAGE', msg('keepBeyondModel', { nExpert: facts.nExpert, keep }), { keep });
}

function memoryNeed({ kvBytes, computeBytes }: MemoryFacts, weightsBytes: number): Need {
  return { weightsBytes, kvBytes, computeBytes };
}

/** Bytes that a model may take before the fit is tight: of the GPU's memory alone (null: no GPU), and of all memory. */
export function roomFor({ ram, vram }: FreeMemory): { readonly vram: number | null; readonly memory: number } {
  return { vram: vram && vram.freeBytes, memory: bytesBeside(vram) + TIGHT_FROM * ram.freeBytes };
}

/** Bytes that a GPU adds to the RAM. */
function bytesBeside(vram: FreeMemory['vram']): number {
  return vram && !vram.isShared ? vram.freeBytes : 0;
}

function verdict(need: Need, { ram, vram }: FreeMemory): Verdict {
  const bytes = need.weightsBytes + need.kvBytes + need.computeBytes;
  if (vram && bytes <= vram.freeBytes) return 'gpu';
  const beside = bytesBeside(vram);
  if (bytes <= beside + TIGHT_FROM * ram.freeBytes) return vram ? 'mixed' : 'ram';
  return bytes <= beside + ram.freeBytes ? 'tight' : 'disk';
}

/** Asking the GPUs takes a process with its drivers; meanwhile the page may ask at every step of a slider. */
const ASK_AGAIN_MS = 10_000;

export class MachineMemory {
  readonly #host: WorkerHost;
  readonly #onFailure: (error: unknown) => void;
  #last: { readonly atMs: number; readonly answer: Promise<FreeMemory> } | null = null;

  /** @param onFailure receives the reason why the GPUs cannot be asked */
  constructor(host: WorkerHost, onFailure: (error: unknown) => void) {
    this.#host = host;
    this.#onFailure = onFailure;
  }

  /** Free memory in bytes. GPUs are asked again only after a while, since that takes a process. */
  async read(): Promise<FreeMemory> {
    const now = performance.now();
    if (!this.#last || now - this.#last.atMs > ASK_AGAIN_MS) this.#last = { atMs: now, answer: this.#ask() };
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
