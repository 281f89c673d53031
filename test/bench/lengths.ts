// `npm run bench:lengths`: throughput on equal memory at the four lengths of the paper's table, whole against half. With --write
// the section goes to docs/BENCHMARKS.md.
import { join } from 'node:path';
import { medianSpeed, type Speed, type Throughput } from '../../electron/engine/measure/benchmark/throughput.ts';
import { measureAgainstHalf, THREADS, times, WORK } from './against-half.ts';
import { dateAndMachine, table, writeSection } from './benchmarks-document.ts';
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
const body = `Made by \`npm run bench:lengths -- --write\` on ${await dateAndMachine()}, ${THREADS} threads, ${RUNS} run of each in turns.
The lengths of the paper's throughput. One layer of the first table's model with 32 experts, so that tens of thousands of tokens take minutes, whole and with half
of its experts at equal distances, each with as many sequences at once as ${BUDGET.replace('x', ' ×')} the whole model's weights hold, KV cache and compute buffers included.
Attention over the caches costs both the same, so that it is the number of sequences that the half gains by; of one run a tenth is noise.

${table(header, measured.map(rowOf))}`;
process.stdout.write(`${body}\n`);
if (process.argv.includes('--write')) writeSection('Throughput at the paper’s lengths', body);
