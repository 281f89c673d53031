// Whether what was fitted is worth its place: measured on demos that nothing was fitted to, in pairs.
import { join } from 'node:path';
import type { CalibrationGate } from '../../../contract/calibration.ts';
import type { Interval } from '../../../contract/interval.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { bootstrap, meanOver } from '../../base/statistics/bootstrap.ts';
import type { RepairTools } from './placed-demos.ts';

/** Sums over the scored tokens of each demo. */
export type Judged = { readonly tokens: Uint32Array; readonly kl: Float64Array; readonly sameTop: Float64Array };

export type JudgingDemo = {
  readonly tokens: Int32Array;
  /** 1 for each token that is judged; never the first. */
  readonly judged: Uint8Array;
};

type GateTools = {
  readonly backend: Backend;
  readonly demos: readonly JudgingDemo[];
  readonly threads: number;
  /** Folder for the full model's distributions: two bytes for each scored token and vocabulary entry. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onDemo: () => void;
};

/**
 * For one judging, whose progress is told demo by demo.
 * @param folder of the full model's distributions
 */
export function gateTools(
  demos: readonly JudgingDemo[],
  folder: string,
  { backend, placement, task }: RepairTools,
): GateTools {
  let judged = 0;
  return {
    ...{ backend, demos, folder, threads: placement.threads, signal: task.signal },
    onDemo: () => task.about({ step: { key: 'judging', done: (judged += 1), total: demos.length } }),
  };
}

/**
 * Writes the full model's distributions. The backend holds it without a mask.
 * @throws WinnowError CANCELLED, NO_SPACE
 */
export async function recordFull(tools: GateTools): Promise<void> {
  for (const demo of tools.demos.keys()) await measureDemo(demo, 'baseOut', tools);
}

/** What the model as it is set differs by from the full one. @throws WinnowError CANCELLED */
export async function judge(tools: GateTools): Promise<Judged> {
  const judged = {
    tokens: new Uint32Array(tools.demos.length),
    kl: new Float64Array(tools.demos.length),
    sameTop: new Float64Array(tools.demos.length),
  };
  for (const demo of tools.demos.keys()) {
    const { nll, kl, sameTop } = await measureDemo(demo, 'baseIn', tools);
    judged.tokens[demo] = nll.length;
    judged.kl[demo] = sumOf(kl);
    judged.sameTop[demo] = sumOf(sameTop);
  }
  return judged;
}

function sumOf(values: Iterable<number> | null): number {
  let sum = 0;
  for (const value of values ?? []) sum += value;
  return sum;
}

/**
 * Of a demo its answers; where none are told, all tokens but the first.
 * @param answers of each token, whether it belongs to one
 */
export function judgedTokens(answers: Uint8Array): Uint8Array {
  const judged = answers.with(0, 0);
  return judged.includes(1) ? judged : judged.fill(1, 1);
}

/** From its start, as documents are measured. */
async function measureDemo(
  demo: number,
  base: 'baseIn' | 'baseOut',
  { backend, demos, threads, folder, signal, onDemo }: GateTools,
) {
  const { tokens, judged } = demos[demo]!;
  const { length } = tokens;
  const file = { baseIn: null, baseOut: null, [base]: join(folder, `full-${demo}`) };
  const how = { tokens, ends: Int32Array.of(length), scored: judged, bos: false };
  const sizes = { nBatch: length, nRows: length, nUbatch: length, nThreads: threads };
  const result = await backend.call('perplexity', { ...how, ...sizes, ...file }, { signal });
  onDemo();
  return result;
}

/**
 * Clearly better: the whole 95 % interval of the difference in KL divergence lies below 0, and that of the difference in
 * agreement does not lie below 0.
 */
export function gateOf(before: Judged, after: Judged): CalibrationGate {
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
