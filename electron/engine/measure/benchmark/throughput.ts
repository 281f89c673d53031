// What a comparison of speeds consists of, and its summary.
import { median } from '../../base/statistics/averages.ts';

/** Tokens of each sequence: read at once, then continued one by one. */
export type SequenceTokens = { readonly prompt: number; readonly generate: number };

/** Tokens per second over all sequences. */
export type Speed = { readonly prefill: number; readonly decode: number };

/** With the bytes read from disks for each token, prompt and continuation together. */
export type SpeedFromDisk = Speed & { readonly readBytesPerToken: number };

export type Pair<T> = { readonly full: T; readonly pruned: T };

export type ParallelSpeed = {
  readonly sequences: number;
  /** Weights, KV cache and compute buffers, as estimated when `sequences` was chosen. */
  readonly neededBytes: number;
  /** The same as llama.cpp allocated it; null where its log does not say. */
  readonly allocatedBytes: number | null;
  readonly runs: readonly Speed[];
};

export type Throughput = {
  /** As many sequences as the budget holds. */
  readonly budget: {
    readonly bytes: number;
    readonly tokens: SequenceTokens;
    /** null: not even one sequence of it fits. */
    readonly full: ParallelSpeed | null;
    /** What the full model needs with one sequence. */
    readonly fullNeedsBytes: number;
    readonly pruned: ParallelSpeed;
  };
  /** One sequence; null where the budget does not hold the full model. */
  readonly single: (Pair<readonly Speed[]> & { readonly tokens: SequenceTokens }) | null;
  /** One sequence under a limit of physical memory; null where none was asked for. */
  readonly limited: {
    readonly bytes: number;
    readonly tokens: SequenceTokens;
    /** null: the kernel killed it because it needed more. */
    readonly full: readonly SpeedFromDisk[] | null;
    readonly pruned: readonly SpeedFromDisk[];
  } | null;
};

/** Medians over runs, of prefill and decode each by itself; tokens per second. */
export function medianSpeed(runs: readonly Speed[]): Speed {
  return { prefill: median(runs.map(({ prefill }) => prefill)), decode: median(runs.map(({ decode }) => decode)) };
}

/** Median over median, pruned over full: above 1 the pruned model is faster. */
export function speedRatio({ full, pruned }: Pair<readonly Speed[]>): Speed {
  const [below, above] = [medianSpeed(full), medianSpeed(pruned)];
  return { prefill: above.prefill / below.prefill, decode: above.decode / below.decode };
}
