// `npm run bench:lengths`: throughput on equal memory at the four lengths of the paper's table, whole against half. With --write
// the table goes to docs/measured/lengths.md.
import { join } from 'node:path';
import { medianSpeed, type Speed, type Throughput } from '../../electron/engine/measure/benchmark/throughput.ts';
import { measureAgainstHalf, THREADS, times, WORK } from './against-half.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { BENCH_SHAPE, makeBenchModel } from './make-model.ts';

const MODEL = join(WORK, 'bench-32x8-1-layer-Q8_0.gguf');
/** 1K+1K, 1K+4K, 4K+1K and 4K+4K, as in arXiv 2504.06792. */
const LENGTHS = [1024, 4096].flatMap((prompt) => [1024, 4096].map((generate) => ({ prompt, generate })));
/** The whole model and a few of the longest sequences. */
const BUDGET = '1.5x';
const RUNS = Number(process.env.BENCH_RUNS ?? 1);

/** Tokens read and written, over the seconds of both. */
function overall({ prompt, generate }: (typeof LENGTHS)[number], runs: readonly Speed[]): number {
  const { prefill, decode } = medianSpeed(runs);
  return (prompt + generate) / (prompt / prefill + generate / decode);
}

function rowOf({ budget, single }: Throughput): string[] {
  if (!budget.full || !single) throw new Error('the budget must hold the full model');
  const { tokens, full, pruned } = budget;
  const decode = (runs: readonly Speed[]): number => medianSpeed(runs).decode;
  const pair = (one: number, other: number): string => `${one.toFixed(0)} and ${other.toFixed(0)}`;
  const ratio = (one: number, other: number): string => times(other / one);
  const together = [overall(tokens, full.runs), overall(tokens, pruned.runs)] as const;
  const written = [decode(full.runs), decode(pruned.runs)] as const;
  const alone = [decode(single.full), decode(single.pruned)] as const;
  return [
    `${tokens.prompt} + ${tokens.generate}`,
    pair(full.sequences, pruned.sequences),
    pair(...written),
    ratio(...written),
    pair(...together),
    ratio(...together),
    ratio(...alone),
  ];
}

await makeBenchModel(MODEL, { ...BENCH_SHAPE, layers: 1, experts: 32 });
const { measured } = await measureAgainstHalf({
  model: MODEL,
  budget: BUDGET,
  lengths: LENGTHS.map((tokens) => ({ parallel: tokens, single: tokens })),
  runs: RUNS,
});
const header = [
  'prompt + generated',
  'sequences at once, full and half',
  'decode, tokens/s',
  'half / full',
  'prompt and generated, tokens/s',
  'half / full',
  'one sequence: decode, half / full',
];
const body = `${await madeBy('npm run bench:lengths -- --write')}

The prompts and continuations are as long as in the paper's table. The model is one layer of the generated model of [speed.md](speed.md) with 32 experts, whole and with half of its experts; ${THREADS} threads, ${RUNS} run of each in turns.
Each runs as many sequences at once as ${BUDGET.replace('x', ' ×')} the whole model's weights hold, KV cache and compute buffers included. A tenth is noise in one run.

${table(header, measured.map(rowOf))}`;
publish({ name: 'lengths', title: 'Throughput at the paper’s lengths', reports: 'no quality', body });
