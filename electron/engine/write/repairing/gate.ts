// Decides whether a fit is worth keeping, by paired measurements on demos that it was not fitted to.
import { join } from 'node:path';
import type { RepairGate } from '../../../contract/repair.ts';
import type { Interval } from '../../../contract/interval.ts';
import { bootstrap, meanOver } from '../../base/statistics/bootstrap.ts';
import type { RepairTools } from './placed-demos.ts';

/** Per demo: the number of scored tokens, and sums over them. */
type Judged = { readonly tokens: Uint32Array; readonly kl: Float64Array; readonly sameTop: Float64Array };

export type JudgingDemo = {
  readonly tokens: Int32Array;
  /** 1 for each token that is judged; never the first. */
  readonly judged: Uint8Array;
};

/** Tokens that pass through the model at once, unless a demo is longer. */
const JUDGED_AT_ONCE = 1024;

/**
 * Writes the full model's distributions. The backend holds it without a mask.
 * @param folder for two bytes per scored token and vocabulary entry
 * @throws WinnowError CANCELLED, NO_SPACE
 */
export async function recordFull(demos: readonly JudgingDemo[], folder: string, tools: RepairTools): Promise<void> {
  await measureDemos('baseOut', demos, folder, tools, () => {});
}

/**
 * How far the model in its current state differs from the full one.
 * @param folder of the full model's distributions
 * @throws WinnowError CANCELLED
 */
export async function judge(demos: readonly JudgingDemo[], folder: string, tools: RepairTools): Promise<Judged> {
  const { kl, sameTop } = await measureDemos('baseIn', demos, folder, tools, (done) =>
    tools.task.about({ step: { key: 'judging', done, total: demos.length } }),
  );
  const tokens = Uint32Array.from(demos, ({ judged }) => judged.filter(Boolean).length);
  return { tokens, kl: sumByDemo(kl, tokens), sameTop: sumByDemo(sameTop, tokens) };
}

/** Sums the values of each demo. @param tokens number of values of each demo */
function sumByDemo(values: ArrayLike<number> | null, tokens: Uint32Array): Float64Array {
  let place = 0;
  return Float64Array.from(tokens, (count) => {
    let sum = 0;
    for (const end = place + count; place < end; place++) sum += values![place]!;
    return sum;
  });
}

/**
 * The tokens of a demo that are judged: its answers or, if none are marked, all tokens but the first.
 * @param answers 1 for each token that belongs to an answer
 */
export function judgedTokens(answers: Uint8Array): Uint8Array {
  const judged = answers.with(0, 0);
  return judged.includes(1) ? judged : judged.fill(1, 1);
}

/** Measures each demo from its start, as documents are measured, several at once. @param onDemos receives how many have passed */
function measureDemos(
  base: 'baseIn' | 'baseOut',
  demos: readonly JudgingDemo[],
  folder: string,
  { backend, placement, task: { signal } }: RepairTools,
  onDemos: (done: number) => void,
) {
  let length = 0;
  const ends = Int32Array.from(demos, ({ tokens }) => (length += tokens.length));
  const [tokens, scored] = [new Int32Array(length), new Uint8Array(length)];
  for (const [place, demo] of demos.entries()) {
    tokens.set(demo.tokens, ends[place]! - demo.tokens.length);
    scored.set(demo.judged, ends[place]! - demo.tokens.length);
  }
  const atOnce = demos.reduce((most, demo) => Math.max(most, demo.tokens.length), JUDGED_AT_ONCE);
  const sizes = { nBatch: atOnce, nRows: atOnce, nUbatch: atOnce, nThreads: placement.threads };
  const file = { baseIn: null, baseOut: null, [base]: join(folder, 'full') };
  const onProgress = (done: number): void => onDemos(ends.filter((end) => end <= done).length);
  return backend.call('perplexity', { tokens, ends, scored, bos: false, ...sizes, ...file }, { signal, onProgress });
}

/**
 * Compares two judgements. A fit is kept if it is clearly better: the whole 95 % interval of the difference in KL divergence lies
 * below 0, and that of the difference in agreement does not lie entirely below 0.
 */
export function compareJudged(before: Judged, after: Judged): RepairGate {
  const { tokens } = before;
  const compared = (a: Float64Array, b: Float64Array): { before: Interval; after: Interval; difference: Interval } =>
    bootstrap(tokens.length, {
      before: meanOver(a, tokens),
      after: meanOver(b, tokens),
      difference: meanOver(
        b.map((sum, demo) => sum - a[demo]!),
        tokens,
      ),
    });
  const kl = compared(before.kl, after.kl);
  const top1 = compared(before.sameTop, after.sameTop);
  const kept = (kl.difference.high ?? Infinity) < 0 && (top1.difference.high ?? -Infinity) >= 0;
  return { demos: tokens.length, tokens: tokens.reduce((sum, n) => sum + n, 0), kl, top1, kept };
}
