// What llama.cpp is told of how demos run through a model.
import type { Params } from '../backend/protocol.ts';
import type { Batch } from './batch.ts';
import { cacheCells } from './kv-cache.ts';
import { planPacks } from './packs.ts';

/**
 * The context in which llama.cpp scores the demos.
 * @param lengths tokens of each demo
 * @param alone every demo by itself (models with recurrent state)
 */
export function scoringContext(
  lengths: readonly number[],
  { nUbatch, nSlice, kvType, threads }: Batch & { readonly threads: number },
  alone: boolean,
): Params<'scoringMemory'>['contexts'][number] {
  const packs = planPacks(lengths, nUbatch, alone);
  const largest = packs.reduce((max, pack) => Math.max(max, pack.tokens), 1);
  return {
    nCtx: cacheCells(largest),
    nUbatch,
    nSlice,
    kvType,
    nSeqMax: packs.reduce((max, pack) => Math.max(max, pack.demos.length), 1),
    nLongest: lengths.reduce((max, tokens) => Math.max(max, tokens), 1),
    nThreads: threads,
  };
}
