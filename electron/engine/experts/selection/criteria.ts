// Computes the scores of each criterion from the sums of one scoring pass.
import {
  SUMS,
  makeSums,
  type Criterion,
  type ExpertSums,
  type MatrixShape,
  type ScoreMatrix,
  type SumName,
} from '../../../contract/criteria.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';

/** Sums of zero tokens; every array `[nLayers * nExpert]`, layer-major. */
export function emptySums(nLayers: number, nExpert: number): ExpertSums {
  return makeSums(() => new Float64Array(nLayers * nExpert));
}

/** The sum that a criterion ranks by, and the one that it is divided by; empty for random scores. */
export const SUMS_BEHIND: Readonly<Record<Criterion, readonly SumName[]>> = {
  'easy-ep': ['gateNormTurn'],
  reap: ['gateNorm', 'count'],
  ean: ['norm'],
  man: ['norm', 'count'],
  gate: ['gate'],
  frequency: ['count'],
  random: [],
};

/**
 * Adds `sums` to `into`, in place. Float64 addition depends on the order: add demos in one fixed order if the
 * result must be the same bit for bit.
 * @throws WinnowError SCORES_INVALID when the two have different shapes
 */
export function addSums(into: ExpertSums, sums: ExpertSums): void {
  for (const name of SUMS) {
    const target = into[name];
    const source = sums[name];
    if (target.length !== source.length) {
      throw new WinnowError(
        'SCORES_INVALID',
        msg('sumsDiffer', { name, values: source.length, expected: target.length }),
        { sum: name, length: source.length, expected: target.length },
      );
    }
    for (let i = 0; i < target.length; i++) target[i] = target[i]! + source[i]!;
  }
}

/**
 * One criterion's scores, `[nLayers * nExpert]`, from the sums over the tokens t routed to expert e of a layer
 * (g: gate weight as applied, E: expert output before its gate weight, x: residual stream before the block,
 * r: routed output):
 *
 * - `easy-ep`: Σ g·‖E‖₂·max(1 − cos(x, x + r), 0). EASY-EP, arXiv 2504.06792, section 3.
 * - `reap`: (Σ g·‖E‖₂) / count, 0 for an expert that no token reached. REAP, arXiv 2510.13999.
 * - `ean`: Σ ‖E‖₂, the expert activation norm. MC-Suite, arXiv 2504.05586.
 * - `man`: (Σ ‖E‖₂) / count, 0 for an expert that no token reached. Mean activation norm, arXiv 2606.15716.
 * - `gate`: Σ g. The gating score of arXiv 2504.06792, table 2.
 * - `frequency`: count.
 * - `random`: uniform in [0, 1) from `seed`, independent of the sums; the floor that a criterion has to beat.
 *
 * The result shares no memory with `sums`.
 * @param seed of `random`: a non-negative safe integer, 0 by default
 * @throws WinnowError SCORES_INVALID when the sums do not have the shape, USAGE for a bad seed
 */
export function scoreMatrix(
  criterion: Criterion,
  sums: ExpertSums,
  { nLayers, nExpert, seed = 0 }: MatrixShape & { readonly seed?: number },
): ScoreMatrix {
  for (const name of SUMS) {
    if (sums[name].length !== nLayers * nExpert) {
      throw new WinnowError(
        'SCORES_INVALID',
        msg('sumsShape', { name, values: sums[name].length, nLayers, nExpert, needed: nLayers * nExpert }),
        { sum: name, length: sums[name].length, expected: nLayers * nExpert },
      );
    }
  }
  const [ranking, divisor] = SUMS_BEHIND[criterion].map((name) => sums[name]);
  if (!ranking) return randomMatrix({ nLayers, nExpert, seed });
  const scores = divisor ? ranking.map((sum, i) => (divisor[i]! > 0 ? sum / divisor[i]! : 0)) : ranking.slice();
  return { nLayers, nExpert, scores };
}

const GOLDEN_GAMMA = 0x9e3779b97f4a7c15n;

/** The `index`-th (from 0) output of splitmix64 seeded with `seed` (Steele, Lea and Flood, OOPSLA 2014). */
function splitmix64(seed: bigint, index: number): bigint {
  let z = BigInt.asUintN(64, seed + GOLDEN_GAMMA * BigInt(index + 1));
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return z ^ (z >> 31n);
}

/** The `index`-th number, uniform in [0, 1), of a separate stream for each seed: the upper 53 bits of splitmix64. */
function uniformAt(seed: bigint, index: number): number {
  return Number(splitmix64(seed, index) >> 11n) / 2 ** 53;
}

/**
 * Uniform scores in [0, 1), the same on every machine. Layer l draws from a splitmix64 of its own, seeded with
 * the l-th output of the splitmix64 of `seed`; expert e takes that stream's e-th output, its upper 53 bits.
 * So layers differ, and a score depends only on seed, layer and expert.
 * @throws WinnowError USAGE when `seed` is not a non-negative safe integer
 */
export function randomMatrix({ nLayers, nExpert, seed }: MatrixShape & { readonly seed: number }): ScoreMatrix {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new WinnowError('USAGE', msg('seedInvalid', { seed, most: Number.MAX_SAFE_INTEGER }), {
      seed,
    });
  }
  const scores = new Float64Array(nLayers * nExpert);
  for (let layer = 0; layer < nLayers; layer++) {
    const layerSeed = splitmix64(BigInt(seed), layer);
    for (let expert = 0; expert < nExpert; expert++) {
      scores[layer * nExpert + expert] = uniformAt(layerSeed, expert);
    }
  }
  return { nLayers, nExpert, scores };
}
