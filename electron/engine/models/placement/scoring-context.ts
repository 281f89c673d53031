// What llama.cpp is told about how demos run through a model.
import type { Params } from '../../base/backend/protocol.ts';
import type { Batch } from './batch.ts';
import { cacheCells } from './kv-cache.ts';
import { largest, passesThrough, tokensOf, type ReadDemos } from './packs.ts';

/** The context in which llama.cpp scores the demos. */
export function scoringContext(
  demos: ReadDemos,
  { nUbatch, nSlice, kvType, threads }: Batch & { readonly threads: number },
): Params<'scoringMemory'>['contexts'][number] {
  const passes = passesThrough(demos, nUbatch);
  return {
    nCtx: cacheCells(largest(passes.map(tokensOf))),
    nUbatch,
    nSlice,
    kvType,
    nSeqMax: largest(passes.map(({ length }) => length)),
    nLongest: largest(passes.flat().map((window) => tokensOf([window]))),
    nThreads: threads,
  };
}
