// What llama.cpp is told about how demos run through a model.
import type { Params } from '../../base/backend/protocol.ts';
import type { Batch } from './batch.ts';
import { cacheCells } from './kv-cache.ts';
import { largestPack, longestDemo, planPacks } from './packs.ts';

/**
 * The context in which llama.cpp scores the demos.
 * @param lengths tokens of each demo
 * @param alone whether every demo runs by itself (models with recurrent state)
 */
export function scoringContext(
  lengths: readonly number[],
  { nUbatch, nSlice, kvType, threads }: Batch & { readonly threads: number },
  alone: boolean,
): Params<'scoringMemory'>['contexts'][number] {
  const packs = planPacks(lengths, nUbatch, alone);
  return {
    nCtx: cacheCells(largestPack(packs)),
    nUbatch,
    nSlice,
    kvType,
    nSeqMax: packs.reduce((max, pack) => Math.max(max, pack.demos.length), 1),
    nLongest: longestDemo(lengths),
    nThreads: threads,
  };
}
