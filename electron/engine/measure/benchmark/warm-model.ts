// Measures the speed of a model that is warmed up in a worker of its own.
import { setTimeout } from 'node:timers/promises';
import type { Placement } from '../../../contract/requests.ts';
import { Backend } from '../../base/backend/backend.ts';
import type { CallOptions } from '../../base/backend/worker-client.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { loadModel } from '../../models/placement/load-model.ts';
import type { SequenceTokens, Speed } from './throughput.ts';

/** How long to wait for the log, which comes through another pipe than the answers. */
const LOG_SETTLE_MS = 50;
const MIB = 2 ** 20;

/** Sizes in bytes, summed over all devices. */
type ContextBuffers = {
  /** Keys and values, and the states of recurrent layers. */
  readonly cacheBytes: number;
  /** The graph's intermediate results, and the output logits. */
  readonly computeBytes: number;
};

type WarmModelOptions = {
  readonly placement: Placement;
  readonly host: WorkerHost;
  readonly nUbatch: number;
  /** Length of a sequence that is read first, so that the weights are in memory and the buffers have their full size. */
  readonly warmUpTokens: number;
  readonly signal?: AbortSignal | undefined;
};

export type WarmModel = {
  readonly nVocab: number;
  /**
   * Measures the speed once; progress is in tokens.
   * @param seed seed of the random tokens that are read
   * @throws WinnowError from the worker; CANCELLED
   */
  readonly speed: (
    nSeq: number,
    tokens: SequenceTokens,
    seed: number,
    onProgress?: CallOptions['onProgress'],
  ) => Promise<Speed>;
  /** What llama.cpp allocated for the last call of `speed`, or for warming up if there was none; null: its log does not say. */
  readonly buffers: () => Promise<ContextBuffers | null>;
};

/**
 * Loads the model, passes it to `use`, then ends its worker.
 * @throws WinnowError from loading and from the worker; CANCELLED
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
 * What llama.cpp reports that it allocates for a context. Compute buffers follow from its graph, so they cannot be computed from the header.
 * @param log lines of llama.cpp's log; the last context in them counts
 * @returns null: they mention no context
 */
export function contextBuffers(log: readonly string[]): ContextBuffers | null {
  const ofContext = log.slice(log.findLastIndex((line) => line.includes('constructing llama_context')) + 1);
  let cacheBytes = 0;
  // a context may reserve buffers twice; the later ones then replace the earlier ones
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
