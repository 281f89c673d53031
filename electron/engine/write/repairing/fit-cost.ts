// What fitting routers and down matrices takes: memory, and time on this machine, as long as the last time or what is typical.
import { z } from 'zod';
import type { TensorInfo } from '../../../contract/model-info.ts';
import type { Store } from '../../store/database.ts';
import { getSetting, setSetting } from '../../store/settings.ts';
import { FIT_EPOCHS } from '../pruning/router-reach.ts';

/** Times that all experts of a block are gone over. */
export const SWEEPS = 2;

const KEY = 'scale.repair';
/** FLOP/s, by threads. */
const ratesSchema = z.record(z.string(), z.number().positive());

/** A shorter time says more of how the work began. */
const TELLING_SECONDS = 1;
/** Of a prefill's products: those of a fit are in single precision. Measured by `npm run bench -- repair`. */
const OF_PREFILL = 0.6;
/** Routers are fitted in double precision, so many times slower. */
const DOUBLE_SLOWNESS = 4;

const FLOAT_BYTES = 4;
/** Tokens whose experts are computed at once, at most. */
export const MOST_SLICE = 1024;
/** The fullest expert has so many times the mean's tokens. */
const SKEW = 4;

/** Pairs of a token and an expert, in units of n_ff, up to which an expert is fitted by pairs (native/src/down-fit.cpp). */
const MOST_BY_PAIRS = 1.5;

/** A tensor of down matrices: [n_ff, n_embd, n_expert]. */
export type DownTensor = Pick<TensorInfo, 'name' | 'type' | 'ne' | 'bytes'>;

/**
 * FLOPs of a fit, with as many pairs of a token and an expert for each expert. Of n pairs: half of the normal matrix of n_ff columns, its
 * inverse, and in each sweep n_embd rows of gradient, change and what it leaves; or, of few pairs, the same by a matrix of n pairs.
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

/** FLOPs of fitting routers: for each token in each epoch the logits of all experts, and the gradient of their rows. */
export function routerFlops(downs: readonly DownTensor[], tokens: number): number {
  const rows = downs.reduce((sum, { ne: [, nEmbd = 0, nExpert = 0] }) => sum + nEmbd * nExpert, 0);
  return DOUBLE_SLOWNESS * 4 * FIT_EPOCHS * tokens * rows;
}

/** @param prefill FLOP/s of this processor's prefills */
export function fitSeconds(store: Store, flops: number, threads: number, prefill: number): number {
  return flops / (getSetting(store, KEY, ratesSchema)?.[threads] ?? OF_PREFILL * prefill);
}

/** Remembers how long it took. */
export function noteFitted(store: Store, flops: number, threads: number, seconds: number): void {
  if (seconds < TELLING_SECONDS) return;
  setSetting(store, KEY, { ...getSetting(store, KEY, ratesSchema), [threads]: flops / seconds });
}

/**
 * In memory beside what scoring the same demos takes, where one block is fitted: the inputs of its matrices, what it lacks, twice, the
 * changes and inverses of all its experts, the inputs of three experts, twice, those of one slice of tokens once more, and its matrices in
 * their type, three times.
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

/**
 * The same for the routers of one block: its inputs, what it should add, its own stream, the products of each token's candidates, and
 * what the candidates of one slice of tokens give, twice.
 * @param candidates of each token
 */
export function memoryOfRouters(downs: readonly DownTensor[], tokens: number, candidates: number): number {
  const nEmbd = Math.max(0, ...downs.map(({ ne: [, width = 0] }) => width));
  const slice = Math.min(tokens, MOST_SLICE);
  return FLOAT_BYTES * (tokens * (3 * nEmbd + candidates ** 2) + 2 * slice * candidates * nEmbd);
}
