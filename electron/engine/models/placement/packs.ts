// How demos run through a model: how many tokens at once, and in which packs, sequences that run together and share a checkpoint.
import type { Params } from '../../base/backend/protocol.ts';
import { cacheCells } from './kv-cache.ts';

export type Batch = {
  /** Tokens of one pass over the weights. */
  readonly nUbatch: number;
  /** Tokens of a ubatch that pass a layer's experts at once; 0: all. */
  readonly nSlice: number;
  /** The type of stored keys and values. */
  readonly kvType: 'f16' | 'q8_0';
};

/** The ubatch if none is given and memory is no concern. */
export const USUAL_UBATCH = 2048;

/** Tokens that pass the experts of a layer at once. */
export function sliceTokens({ nSlice, nUbatch }: Batch): number {
  return nSlice === 0 ? nUbatch : Math.min(nSlice, nUbatch);
}

/** How many parts the routed experts of ubatches of these sizes are computed in, one after the other. */
export function allSlices(ubatches: readonly number[], batch: Batch): number {
  return ubatches.reduce((sum, tokens) => sum + Math.ceil(tokens / sliceTokens(batch)), 0);
}

/** llama.cpp allows 256 sequences, but with very short ones, more than a ubatch gains nothing. */
const MAX_SEQUENCES = 64;

/** Demos as they run through a model. */
export type ReadDemos = {
  /** Tokens of each demo. */
  readonly lengths: readonly number[];
  /** Whether every demo runs by itself (models with recurrent state). */
  readonly alone: boolean;
  /** Maximum tokens of a sequence: a longer demo is read in windows of this many, each from position 0. Absent: no maximum. */
  readonly window?: number | undefined;
};

/** One sequence: the tokens of a demo from `from` to before `to`. */
export type DemoWindow = { readonly demo: number; readonly from: number; readonly to: number };

type Pack = {
  /** Indices of the demos, consecutive. */
  readonly demos: readonly number[];
  readonly tokens: number;
  /** What runs at once: all of the pack, or a part of its only demo's windows. */
  readonly passes: readonly (readonly DemoWindow[])[];
};

/** The maximum length of a sequence for a model; undefined: it does not say on how many positions it was trained. */
export function contextWindow({ contextLength }: { readonly contextLength: number }): number | undefined {
  return contextLength > 0 ? contextLength : undefined;
}

/**
 * Fills packs in demo order, each up to one ubatch; a longer demo is a pack of its own. The packs depend only on the
 * arguments: a resumed run computes the same packs, and therefore exactly the same results.
 */
export function planPacks({ lengths, alone, window = Infinity }: ReadDemos, nUbatch: number): Pack[] {
  const packs: { demos: number[]; tokens: number; passes: DemoWindow[][] }[] = [];
  lengths.forEach((tokens, demo) => {
    const windows = cutWindows(demo, tokens, window);
    const pack = packs.at(-1);
    const last = pack?.passes.at(-1);
    if (pack && last && fits(pack.passes.flat(), windows, nUbatch, alone)) {
      pack.demos.push(demo);
      pack.tokens += tokens;
      last.push(...windows);
    } else {
      packs.push({ demos: [demo], tokens, passes: planPasses(windows, nUbatch, alone) });
    }
  });
  return packs;
}

function cutWindows(demo: number, tokens: number, window: number): DemoWindow[] {
  if (tokens <= window) return [{ demo, from: 0, to: tokens }];
  return Array.from({ length: Math.ceil(tokens / window) }, (_, i) => ({
    demo,
    from: i * window,
    to: Math.min(tokens, (i + 1) * window),
  }));
}

/** Groups the windows of one demo. */
function planPasses(windows: readonly DemoWindow[], nUbatch: number, alone: boolean): DemoWindow[][] {
  const passes: DemoWindow[][] = [];
  for (const window of windows) {
    const last = passes.at(-1);
    if (last && fits(last, [window], nUbatch, alone)) last.push(window);
    else passes.push([window]);
  }
  return passes;
}

function fits(begun: readonly DemoWindow[], more: readonly DemoWindow[], nUbatch: number, alone: boolean): boolean {
  const all = [...begun, ...more];
  return !alone && sumTokens(all) <= nUbatch && all.length <= MAX_SEQUENCES;
}

/** Tokens of the windows together. */
export function sumTokens(windows: readonly DemoWindow[]): number {
  return windows.reduce((sum, { from, to }) => sum + to - from, 0);
}

/** Tokens of each pass through the model: what is longer than a ubatch takes several passes. */
export function ubatchSizes(passes: readonly (readonly DemoWindow[])[], nUbatch: number): number[] {
  return passes.flatMap((pass) => {
    const tokens = sumTokens(pass);
    return Array.from({ length: Math.ceil(tokens / nUbatch) }, (_, i) => Math.min(nUbatch, tokens - i * nUbatch));
  });
}

/** What runs at once, one after the other. */
export function passesThrough(demos: ReadDemos, nUbatch: number): (readonly DemoWindow[])[] {
  return planPacks(demos, nUbatch).flatMap(({ passes }) => passes);
}

/** The largest of these values; 1 if there is none. */
export function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 1);
}

/** The context in which llama.cpp scores the demos. */
export function scoringContext(
  demos: ReadDemos,
  { nUbatch, nSlice, kvType, threads }: Batch & { readonly threads: number },
): Params<'scoringMemory'>['contexts'][number] {
  const passes = passesThrough(demos, nUbatch);
  return {
    nCtx: cacheCells(largest(passes.map(sumTokens))),
    nUbatch,
    nSlice,
    kvType,
    nSeqMax: largest(passes.map(({ length }) => length)),
    nLongest: largest(passes.flat().map((window) => sumTokens([window]))),
    nThreads: threads,
  };
}
