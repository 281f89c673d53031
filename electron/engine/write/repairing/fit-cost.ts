// Estimates what fitting down matrices takes: memory, and time on this machine at the rate of the last fit or a typical one.
import { z } from 'zod';
import type { TensorInfo } from '../../../contract/model-info.ts';
import type { Store } from '../../store/database.ts';
import { getSetting, setSetting } from '../../store/settings.ts';

/** Number of passes over all experts of a block. */
export const SWEEPS = 2;

const KEY = 'scale.repair';
/** FLOP/s, indexed by number of threads. */
const ratesSchema = z.record(z.string(), z.number().positive());

/** Shorter times mostly measure how the work starts up. */
const TELLING_SECONDS = 1;
/** Speed relative to a prefill's products: those of a fit are in single precision. Measured by `npm run bench -- repair`. */
const OF_PREFILL = 0.6;

const FLOAT_BYTES = 4;
/** Maximum tokens whose experts are computed at once. */
export const MOST_SLICE = 1024;
/** Tokens of the fullest expert, as a multiple of the mean. */
const SKEW = 4;

/** Up to this many token-expert pairs, in units of n_ff, an expert is fitted by pairs (native/src/down-fit.cpp). */
const MOST_BY_PAIRS = 1.5;

/** A tensor of down matrices: [n_ff, n_embd, n_expert]. */
export type DownTensor = Pick<TensorInfo, 'name' | 'type' | 'ne' | 'bytes'>;

/**
 * FLOPs of a fit, with the token-expert pairs spread evenly over the experts. For n pairs: half of the normal matrix of n_ff columns, its
 * inverse, and in each sweep n_embd rows of gradient, change and residual; for few pairs, the same with a matrix of n pairs.
 */
export function fitFlops(downs: readonly DownTensor[], tokens: number, nExpertUsed: number): number {
  return downs.reduce((sum, { ne: [nFf = 0, nEmbd = 0, nExpert = 1] }) => {
    const n = (tokens * nExpertUsed) / nExpert;
    const byPairs = isByPairs(n, nFf);
    const inverted = byPairs ? n : nFf;
    const matrix = (n * nFf * inverted) / 2 + inverted ** 3;
    const sweep = (byPairs ? n ** 2 : nFf * (2 * n + nFf)) * nEmbd;
    const change = byPairs ? n * nFf * nEmbd : 0;
    return sum + 2 * nExpert * (matrix + SWEEPS * sweep + change);
  }, 0);
}

function isByPairs(pairs: number, nFf: number): boolean {
  return pairs <= MOST_BY_PAIRS * nFf;
}

/** Estimates the seconds of a fit. @param prefill FLOP/s of this processor's prefills */
export function fitSeconds(store: Store, flops: number, threads: number, prefill: number): number {
  return flops / (getSetting(store, KEY, ratesSchema)?.[threads] ?? OF_PREFILL * prefill);
}

/** Stores how long a fit took. */
export function noteFitted(store: Store, flops: number, threads: number, seconds: number): void {
  if (seconds < TELLING_SECONDS) return;
  setSetting(store, KEY, { ...getSetting(store, KEY, ratesSchema), [threads]: flops / seconds });
}

/**
 * Bytes of memory to fit one block's matrices, in addition to what scoring the same demos takes: the inputs of the matrices, the block's
 * residual error twice, the changes and inverses of all its experts, the inputs of three experts twice, those of one slice of tokens once
 * more, and the matrices in their type three times.
 */
export function memoryOfFit(downs: readonly DownTensor[], tokens: number, nExpertUsed: number): number {
  return Math.max(
    0,
    ...downs.map(({ ne: [nFf = 0, nEmbd = 0, nExpert = 1], bytes }) => {
      const pairs = (tokens * nExpertUsed) / nExpert;
      const fullest = Math.min(tokens, SKEW * pairs);
      const inputs = (tokens + Math.min(tokens, MOST_SLICE)) * nExpertUsed * nFf + 6 * fullest * nFf;
      const width = isByPairs(pairs, nFf) ? Math.max(pairs, nFf) : nFf;
      const floats = inputs + tokens * (2 * nExpertUsed + 2 * nEmbd) + nExpert * width * (width + nEmbd);
      return Math.ceil(FLOAT_BYTES * floats) + 3 * bytes;
    }),
  );
}
