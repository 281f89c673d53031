// The results of a comparison of speeds, and their summary.
import { median } from '../../base/statistics/averages.ts';

/** Tokens of each sequence: those read at once, then those generated one by one. */
export type SequenceTokens = { readonly prompt: number; readonly generate: number };

/** Tokens per second over all sequences. */
export type Speed = { readonly prefill: number; readonly decode: number };

/** A speed with the bytes read from disks per token, over prompt and continuation. */
export type SpeedFromDisk = Speed & { readonly readBytesPerToken: number };

export type Pair<T> = { readonly full: T; readonly pruned: T };

export type ParallelSpeed = {
  readonly sequences: number;
  /** Weights, KV cache and compute buffers, as estimated when `sequences` was chosen. */
  readonly neededBytes: number;
  /** The bytes that llama.cpp allocated for them; null: its log does not say. */
  readonly allocatedBytes: number | null;
  readonly runs: readonly Speed[];
};

export type Throughput = {
  /** Results with as many sequences as the budget holds. */
  readonly budget: {
    readonly bytes: number;
    readonly tokens: SequenceTokens;
    /** null: not even one sequence of the full model fits. */
    readonly full: ParallelSpeed | null;
    /** Bytes that the full model needs with one sequence. */
    readonly fullNeedsBytes: number;
    readonly pruned: ParallelSpeed;
  };
  /** Results with one sequence; null: the budget does not hold the full model. */
  readonly single: (Pair<readonly Speed[]> & { readonly tokens: SequenceTokens }) | null;
  /** Results with one sequence under a limit of physical memory; null: no limit was requested. */
  readonly limited: {
    readonly bytes: number;
    readonly tokens: SequenceTokens;
    /** null: the kernel killed the full model because it needed more. */
    readonly full: readonly SpeedFromDisk[] | null;
    readonly pruned: readonly SpeedFromDisk[];
  } | null;
};

/** Medians over runs, separately for prefill and decode; tokens per second. */
export function medianSpeed(runs: readonly Speed[]): Speed {
  return { prefill: median(runs.map(({ prefill }) => prefill)), decode: median(runs.map(({ decode }) => decode)) };
}

/** The pruned model's median speed over the full model's: above 1, the pruned model is faster. */
export function speedRatio({ full, pruned }: Pair<readonly Speed[]>): Speed {
  const [below, above] = [medianSpeed(full), medianSpeed(pruned)];
  return { prefill: above.prefill / below.prefill, decode: above.decode / below.decode };
}
