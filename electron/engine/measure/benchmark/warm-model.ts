// A model in a worker of its own, warmed up, whose speed is taken.
import { setTimeout } from 'node:timers/promises';
import type { Placement } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { loadModel } from '../../models/placement/load-model.ts';
import type { SequenceTokens, Speed } from './throughput.ts';

/** The log comes by another pipe than the answers. */
const LOG_SETTLE_MS = 50;
const MIB = 2 ** 20;

/** Sizes in bytes, over all devices. */
type ContextBuffers = {
  /** Keys and values, and the states of recurrent layers. */
  readonly cacheBytes: number;
  /** The graph's intermediate results, and the logits that are handed out. */
  readonly computeBytes: number;
};

type WarmModelOptions = {
  readonly placement: Placement;
  readonly host: WorkerHost;
  readonly nUbatch: number;
  /** Length of one sequence that is read first, so that the weights are in memory and the buffers have their full size. */
  readonly warmUpTokens: number;
  readonly signal?: AbortSignal | undefined;
};

export type WarmModel = {
  readonly nVocab: number;
  /**
   * @param seed of the random tokens that are read; progress is in tokens
   * @throws WinnowError of the worker; CANCELLED
   */
  readonly speed: (
    nSeq: number,
    tokens: SequenceTokens,
    seed: number,
    onProgress?: CallOptions['onProgress'],
  ) => Promise<Speed>;
  /** What llama.cpp allocated for the last call of `speed`, or else for warming up; null where its log does not say. */
  readonly buffers: () => Promise<ContextBuffers | null>;
};

/**
 * Loads the model, hands it to `use` and ends its worker.
 * @throws WinnowError of loading and of the worker; CANCELLED
 */
export async function withWarmModel<T>(
  { info }: InspectedModel,
  { placement, host, nUbatch, warmUpTokens, signal }: WarmModelOptions,
  use: (model: WarmModel) => Promise<T>,
): Promise<T> {
  const backend = new Backend(placement.gpu, host);
  const speed: WarmModel['speed'] = async (nSeq, { prompt: nPrompt, generate: nGenerate }, seed, onProgress) => {
    const params = { nSeq, nPrompt, nGenerate, nUbatch, nThreads: placement.threads, seed };
    const { prefillSeconds, decodeSeconds } = await backend.call('batchedSpeed', params, { signal, onProgress });
    return { prefill: (nSeq * nPrompt) / prefillSeconds, decode: (nSeq * nGenerate) / decodeSeconds };
  };
  const buffers: WarmModel['buffers'] = async () => {
    await setTimeout(LOG_SETTLE_MS);
    return contextBuffers(backend.logTail());
  };
  try {
    const { nVocab } = await loadModel(backend, info, placement, { signal });
    await speed(1, { prompt: Math.max(warmUpTokens, nUbatch), generate: 1 }, 0);
    return await use({ nVocab, speed, buffers });
  } finally {
    await backend.close();
  }
}

/**
 * What llama.cpp says that it allocates for a context. Compute buffers follow from its graph, so no formula of the header gives them.
 * @param log lines of llama.cpp's log; the last context that they speak of counts
 * @returns null when they speak of none
 */
export function contextBuffers(log: readonly string[]): ContextBuffers | null {
  const ofContext = log.slice(log.findLastIndex((line) => line.includes('constructing llama_context')) + 1);
  let cacheBytes = 0;
  // a context may reserve twice: then its later buffers replace the earlier ones
  const compute = new Map<string, number>();
  for (const line of ofContext) {
    const [, device, kind, size] = /(\S+) +(KV|RS|compute|output) buffer size += +([\d.]+) MiB/.exec(line) ?? [];
    if (kind === undefined) continue;
    const bytes = Math.round(Number(size) * MIB);
    if (kind === 'KV' || kind === 'RS') cacheBytes += bytes;
    else compute.set(`${kind} ${device}`, bytes);
  }
  if (compute.size === 0) return null;
  return { cacheBytes, computeBytes: [...compute.values()].reduce((sum, bytes) => sum + bytes, 0) };
}
