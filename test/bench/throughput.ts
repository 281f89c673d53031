// `npm run bench:throughput`: the generated model against its half on equal memory. With --write the table goes to
// docs/measured/throughput.md.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { WinnowError } from '../../electron/contract/errors.ts';
import type { ComparedThroughput } from '../../electron/engine/measure/benchmark/compare-throughput.ts';
import { dropFromPageCache } from '../../electron/engine/measure/benchmark/limited-workers.ts';
import { MemoryCgroup } from '../../electron/engine/measure/benchmark/memory-cgroup.ts';
import { MAX_SEQUENCES } from '../../electron/engine/measure/benchmark/measure-throughput.ts';
import {
  medianSpeed,
  speedRatio,
  type Pair,
  type ParallelSpeed,
  type Speed,
} from '../../electron/engine/measure/benchmark/throughput.ts';
import { displayBytes } from '../../electron/contract/display-bytes.ts';
import { median } from '../../electron/engine/base/statistics/averages.ts';
import { measureAgainstHalf, THREADS, times, UBATCH, WORK } from './against-half.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { makeBenchModel } from './make-model.ts';

const MODEL = join(WORK, 'bench-128x8-Q8_0.gguf');
const RUNS = Number(process.env.BENCH_RUNS ?? 3);
/** Short, so that hundreds of sequences take minutes; llama.cpp gives each a cache of 256 tokens all the same. */
const PARALLEL = { prompt: 64, generate: 16 };
const SINGLE = { prompt: 512, generate: 64 };
const BUDGET = '1.1x';
const LIMIT = '0.7x';
const READ_BYTES = 8 << 20;

type Row = readonly [what: string, full: string, pruned: string, ratio: string, runs: string];

/** Why memory cannot be limited on this machine; null: it can. */
async function whyNoLimit(): Promise<string | null> {
  try {
    await MemoryCgroup.make(1 << 30).remove();
    return null;
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'USAGE') return error.message;
    throw error;
  }
}

/** Bytes per second of reading a file that is not in memory. */
async function diskSpeed(path: string): Promise<number> {
  await dropFromPageCache([path]);
  const file = await open(path, 'r');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const started = performance.now();
  let bytes = 0;
  for (let read = READ_BYTES; read > 0; bytes += read) ({ bytesRead: read } = await file.read(buffer, 0, READ_BYTES));
  await file.close();
  return bytes / ((performance.now() - started) / 1000);
}

function speedRows(name: string, runs: Pair<readonly Speed[]>): Row[] {
  const ratio = speedRatio(runs);
  const [full, pruned] = [medianSpeed(runs.full), medianSpeed(runs.pruned)];
  return (['prefill', 'decode'] as const).map((step): Row => {
    const all = (of: readonly Speed[]): string => of.map((speed) => rate(speed[step])).join(', ');
    const detail = `full ${all(runs.full)}; pruned ${all(runs.pruned)}`;
    return [`${name}: ${step}, tokens/s`, rate(full[step]), rate(pruned[step]), times(ratio[step]), detail];
  });
}

function rows({ models: { full, pruned }, measured }: ComparedThroughput): Row[] {
  const { budget, single, limited } = measured[0]!;
  if (!budget.full || !single) throw new Error('the budget must hold the full model');
  const memory = ({ allocatedBytes }: ParallelSpeed): string => gigabytes(allocatedBytes ?? NaN);
  const all: Row[] = [
    [
      'weights',
      gigabytes(full.bytes),
      gigabytes(pruned.bytes),
      times(pruned.bytes / full.bytes),
      `${full.nExpert} and ${pruned.nExpert} experts a layer`,
    ],
    [
      'budget: sequences at once',
      String(budget.full.sequences),
      String(budget.pruned.sequences),
      times(budget.pruned.sequences / budget.full.sequences),
      `at most ${MAX_SEQUENCES}`,
    ],
    ['budget: memory allocated', memory(budget.full), memory(budget.pruned), '', `of ${gigabytes(budget.bytes)}`],
    ...speedRows('budget', { full: budget.full.runs, pruned: budget.pruned.runs }),
    ...speedRows('one sequence', single),
  ];
  if (!limited) return all;
  if (!limited.full) throw new Error('the full model was killed under the limit');
  const name = `one sequence in ${gigabytes(limited.bytes)}`;
  const [fullReads, prunedReads] = [limited.full, limited.pruned].map((runs) =>
    runs.map(({ readBytesPerToken }) => readBytesPerToken),
  ) as [number[], number[]];
  const listed = (reads: readonly number[]): string => reads.map(displayBytes).join(', ');
  return [
    ...all,
    ...speedRows(name, { full: limited.full, pruned: limited.pruned }),
    [
      `${name}: read from the disk a token`,
      displayBytes(median(fullReads)),
      displayBytes(median(prunedReads)),
      '',
      `full ${listed(fullReads)}; pruned ${listed(prunedReads)}`,
    ],
  ];
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

function rate(tokensPerSecond: number): string {
  return tokensPerSecond.toFixed(tokensPerSecond < 100 ? 1 : 0);
}

const refusal = await whyNoLimit();
await makeBenchModel(MODEL);
const measured = await measureAgainstHalf({
  model: MODEL,
  budget: BUDGET,
  memoryLimit: refusal === null ? LIMIT : undefined,
  lengths: [{ parallel: PARALLEL, single: SINGLE }],
  runs: RUNS,
});
const share = (multiple: string): string => `${multiple.replace('x', ' ×')} the full model's weights`;
const limit =
  refusal === null
    ? `**One sequence in so many GB**: physical memory limited to ${share(LIMIT)} by a control group, swap off; one sequence
of ${SINGLE.prompt} + ${SINGLE.generate} tokens. Before each run the files are dropped from the page cache; what the worker then has read from the disk, over prompt
and generation, is in the last row. Read in sequence, this disk gives ${((await diskSpeed(MODEL)) / 1e9).toFixed(1)} GB/s.`
    : `Memory could not be limited on this machine. ${refusal}`;
const body = `${await madeBy('npm run bench:throughput -- --write')}

The generated model of [speed.md](speed.md) runs against its half, whose experts stand at equal distances; ${THREADS} threads, ${RUNS} runs in turns, each in a process of its own
that has read ${UBATCH} tokens before. Cells are medians, the last column has all runs. [METHOD.md](../METHOD.md#throughput) says what is measured.

**Budget**: ${share(BUDGET)}, for weights, KV cache and compute buffers. As many sequences of ${PARALLEL.prompt} + ${PARALLEL.generate} tokens as fit, each with
a cache of 256 tokens, the least that llama.cpp makes. **One sequence**: ${SINGLE.prompt} + ${SINGLE.generate} tokens, both models in memory.
${limit}

${table(['what', 'full', 'pruned', 'pruned / full', 'runs'], rows(measured))}`;
publish({ name: 'throughput', title: 'Throughput on equal memory', reports: 'no quality', body });
