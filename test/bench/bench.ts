// `npm run bench`: speed and memory of scoring, export, inspection and evaluation on a generated 2 GB model, as ratios
// against a named reference in the same run. With --write the table of all goes to docs/measured/speed.md;
// names choose single benches (`npm run bench -- quantise`).
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { REPAIR_DEMOS } from '../../electron/contract/repair.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { measureScoring } from './measure-scoring.ts';
import { choiceTextFor } from '../choice-for.ts';
import { Engine } from '../engine.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import { median } from '../../electron/engine/base/statistics/numbers.ts';
import { prepareReferencePrograms, referencePrograms } from '../setup/reference-programs.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { writeWithBigHeader } from './big-header.ts';
import { measureEvalSpeed } from './eval-speed.ts';
import { BENCH_SHAPE, makeBenchModel } from './make-model.ts';
import { measure } from './measure.ts';
import { inspect } from '../setup/inspect.ts';
import { measureExport } from './measure-export.ts';
import { words } from '../words.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WORK = join(ROOT, 'native/build/bench');
const MODEL = join(WORK, 'bench-128x8-Q8_0.gguf');
const WINNOW = join(ROOT, 'electron/cli/winnow.ts');
const HOME = join(WORK, 'home');
const THREADS = 2;
const RUNS = Number(process.env.BENCH_RUNS ?? 3);
const TOKENS = Number(process.env.BENCH_TOKENS ?? 4096);
const QUANT_TYPES = (process.env.BENCH_TYPES ?? 'Q4_0,Q4_K_M').split(',');
const UBATCH = 2048;
const MIB = 1 << 20;

const repairCostDocument = z.object({
  repair_cost: z.object({
    tokens: z.int(),
    seconds: z.number(),
    scratch_bytes: z.number(),
    more_bytes: z.number(),
  }),
});
type RepairCostDocument = z.infer<typeof repairCostDocument>;

const engine = new Engine({ home: HOME });

type Figure = { readonly name: string; readonly value: string; readonly target: string; readonly detail: string };
const figures: Figure[] = [];
function report(name: string, value: string, target: string, detail: string): void {
  figures.push({ name, value, target, detail });
  process.stderr.write(`${name}: ${value} (${target}) ${detail}\n`);
}

const ratio = (x: number): string => `${x.toFixed(2)} ×`;
const rates = (values: readonly number[]): string => values.map((x) => x.toFixed(0)).join(', ');

const benchText = (): string =>
  sampleDomains()
    .map((domain) => readFileSync(sampleFiles(domain).text, 'utf8'))
    .join('\n');

/** Time and text of a line of llama.cpp's log, which may go on in the other stream, so that the next one begins where it stopped. */
const LOG_LINE = /(\d+)\.(\d{2})\.(\d{3})\.(\d{3}) [A-Z] (.*?)(?=\d+\.\d{2}\.\d{3}\.\d{3} [A-Z] |$)/gm;

/** Seconds from the line that holds `first` to the latest one; lines of two streams may stand in any order. */
function loggedSeconds(log: string, first: string): number {
  const times = [...log.matchAll(LOG_LINE)].map(([, min, sec, ms, us, text]) => ({
    seconds: 60 * Number(min) + Number(sec) + Number(ms) / 1e3 + Number(us) / 1e6,
    text: text ?? '',
  }));
  const start = times.find(({ text }) => text.includes(first));
  if (!start) throw new Error(`the log has no line "${first}"`);
  return Math.max(...times.map(({ seconds }) => seconds)) - start.seconds;
}

/** Tokens a second of llama-imatrix. */
async function imatrix(): Promise<number> {
  const text = join(WORK, 'text.txt');
  writeFileSync(text, benchText());
  const out = join(WORK, 'imatrix.gguf');
  const args = ['-m', MODEL, '-f', text, '-o', out, '-c', '512', '-b', String(UBATCH), '-ub', String(UBATCH)];
  const more = ['-t', String(THREADS), '--chunks', String(TOKENS / 512), '--no-ppl'];
  const { stderr, stdout } = await measure(join(referencePrograms(), 'stock-imatrix'), [...args, ...more]);
  return TOKENS / loggedSeconds(stdout + stderr, 'computing over');
}

/**
 * Scoring with all criteria, in turns with the same prefill with taps off, and with llama-imatrix on the same text and the
 * same ggml. All rows pass the last layer in all three: a prefill that wants the last token's logits alone would leave that
 * layer's experts out, a quarter of the work of three layers.
 */
async function benchScoring(): Promise<void> {
  const text = benchText();
  const info = await inspect(MODEL);
  const placement = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: THREADS } as const;
  const options = { placement, host: forkWorker, text, tokens: TOKENS, nUbatch: UBATCH, runs: 1 };
  const scored: number[] = [];
  const plain: number[] = [];
  const withMatrix: number[] = [];
  const stock: number[] = [];
  const speeds = [];
  for (let i = 0; i < RUNS; i++) {
    const taps = await measureScoring(info, options);
    speeds.push(taps);
    scored.push(...taps.withTaps);
    plain.push(...taps.withoutTaps);
    withMatrix.push(...taps.withImportance);
    stock.push(await imatrix());
  }

  const { bytesPerTokenAndLayer, tokens } = speeds[0]!;
  const inPairs = (others: readonly number[], own = scored): string =>
    ratio(median(own.map((speed, i) => speed / others[i]!)));
  report(
    'scoring / prefill of all rows by the same engine',
    inPairs(plain),
    'at least 0.97',
    `tokens/s with taps ${rates(scored)}; without ${rates(plain)}`,
  );
  report(
    'scoring / llama-imatrix with the same ggml',
    inPairs(stock),
    'at least 1.0',
    `llama-imatrix ${rates(stock)} tokens/s on the same text`,
  );
  report(
    'scoring with the importance matrix / scoring alone',
    inPairs(scored, withMatrix),
    'at least 0.9',
    `tokens/s with the matrix ${rates(withMatrix)}`,
  );
  report(
    'scoring with the importance matrix / llama-imatrix with the same ggml',
    inPairs(stock, withMatrix),
    'at least 1.0',
    `llama-imatrix makes the matrix alone`,
  );
  report(
    'transfer by the taps',
    `${bytesPerTokenAndLayer.toFixed(0)} bytes per token and layer`,
    '12 k + 12, k = 8',
    `${((bytesPerTokenAndLayer * tokens * info.moeLayers.length) / MIB).toFixed(1)} MiB for ${tokens} tokens`,
  );
}

/** The file of a choice of half of the experts. */
async function everySecondExpert(): Promise<string> {
  const path = join(WORK, 'choice.json');
  writeFileSync(path, await choiceTextFor(MODEL, (expert) => expert % 2 === 1));
  return path;
}

/** Writing half of the model against `cp` of the same bytes, both with fsync. */
async function benchExport(): Promise<void> {
  const output = join(WORK, 'half.gguf');
  const speed = await measureExport(MODEL, engine.context, { output, runs: RUNS });
  const mib = (values: readonly number[]): string => rates(values.map((value) => value / MIB));
  const copied = median(speed.copied);
  report(
    'export, written and synced / cp and sync',
    ratio(median(speed.written) / copied),
    'at least 0.8',
    `MiB/s: export ${mib(speed.written)}; cp ${mib(speed.copied)}; ${(speed.bytes / MIB).toFixed(0)} MiB`,
  );

  const choice = await everySecondExpert();
  const args = [WINNOW, 'prune', MODEL, '--choice', choice, '-o', output, '--force'];
  const run = await measure(process.execPath, args, { WINNOW_HOME: HOME });
  report(
    'resident memory of an export',
    `${(run.peakRssBytes / MIB).toFixed(0)} MiB`,
    'under 250 MiB',
    'winnow prune and its worker together, each at its peak',
  );
  rmSync(output, { force: true });
}

/** Winnow's quantising, read back and synced, in turns with stock llama-quantize, which does neither. */
async function benchQuantise(): Promise<void> {
  const [ours, stock] = [join(WORK, 'quantised.gguf'), join(WORK, 'stock-quantised.gguf')];
  const threads = String(availableParallelism());
  // of the first most of the time goes into reading and writing, of the second into quantising
  for (const type of QUANT_TYPES) {
    const [ourSeconds, stockSeconds, ourPeaks, stockPeaks]: number[][] = [[], [], [], []];
    for (let i = 0; i < RUNS; i++) {
      const other = await measure(
        join(referencePrograms(), 'stock-quantize'),
        words`--allow-requantize ${MODEL} ${stock} ${type} ${threads}`,
      );
      const args = [WINNOW, 'quantize', MODEL, '-o', ours, '--type', type, '--allow-requantize', '--force'];
      const own = await measure(process.execPath, args, { WINNOW_HOME: HOME });
      if (statSync(ours).size !== statSync(stock).size) throw new Error(`${ours} and ${stock} differ`);
      ourSeconds!.push(own.seconds);
      stockSeconds!.push(other.seconds);
      ourPeaks!.push(own.peakRssBytes);
      stockPeaks!.push(other.peakRssBytes);
    }
    report(
      `quantising to ${type}, written, synced and read back / llama-quantize`,
      ratio(median(ourSeconds!.map((seconds, i) => stockSeconds![i]! / seconds))),
      'at least 0.95',
      `s: ${ourSeconds!.map((x) => x.toFixed(1)).join(', ')}; llama-quantize ${stockSeconds!.map((x) => x.toFixed(1)).join(', ')}`,
    );
    report(
      `resident memory of quantising to ${type}`,
      `${(median(ourPeaks!) / MIB).toFixed(0)} MiB`,
      'under 700 MiB',
      `winnow quantize and its worker, each at its peak; llama-quantize ${(median(stockPeaks!) / MIB).toFixed(0)} MiB`,
    );
  }
  for (const path of [ours, stock]) rmSync(path, { force: true });
}

/** Half of the experts kept and repaired, in turns with scoring the same demos; and how near its estimate comes. */
async function benchRepair(): Promise<void> {
  const choice = await everySecondExpert();
  const demos = sampleFiles('math').demos;
  const output = join(WORK, 'repaired.gguf');
  const home = join(WORK, 'repair-home');
  rmSync(home, { recursive: true, force: true });
  const how = ['--gpu', 'off', '--threads', String(THREADS), '--json'];
  const winnow = (...args: string[]) => measure(process.execPath, [WINNOW, ...args, ...how], { WINNOW_HOME: home });
  const half = ['prune', MODEL, '--choice', choice, '-o', output, '--force'];
  const scored: number[] = [];
  const repaired: number[] = [];
  const estimated: number[] = [];
  const peaks: number[] = [];
  let cost: RepairCostDocument | undefined;
  for (let i = 0; i < RUNS; i++) {
    const scoring = await winnow('score', MODEL, '--demos', demos, '--limit', String(REPAIR_DEMOS), '--fresh');
    const pruning = await winnow(...half);
    cost = repairCostDocument.parse(JSON.parse((await winnow(...half, '--repair', demos, '--dry-run')).stdout));
    estimated.push(cost.repair_cost.seconds);
    const run = await winnow(...half, '--repair', demos);
    scored.push(scoring.seconds);
    repaired.push(run.seconds - pruning.seconds);
    peaks.push(run.peakRssBytes);
  }
  const seconds = (values: readonly number[]): string => values.map((x) => x.toFixed(1)).join(', ');
  report(
    'repairing half of the experts / scoring the same demos',
    ratio(median(repaired.map((x, i) => x / scored[i]!))),
    'at most 3.0',
    `s: ${seconds(repaired)}, beside pruning; scoring ${seconds(scored)}; ${cost!.repair_cost.tokens} tokens are fitted to`,
  );
  report(
    'estimate of a repair / what it took',
    ratio(median(estimated.map((x, i) => x / repaired[i]!))),
    '0.77 to 1.3',
    `s estimated: ${seconds(estimated)}; the first before anything was known but the scoring run's rate`,
  );
  report(
    'resident memory of a repair',
    `${(median(peaks) / MIB).toFixed(0)} MiB`,
    'no target',
    `both processes at their peaks, mapped weights included; told: ${(cost!.repair_cost.more_bytes / MIB).toFixed(0)} MiB more than scoring, ${(cost!.repair_cost.scratch_bytes / MIB).toFixed(0)} MiB on the disk`,
  );
  rmSync(output, { force: true });
  rmSync(home, { recursive: true, force: true });
}

async function benchInspect(): Promise<void> {
  const big = join(WORK, 'big-header.gguf');
  await writeWithBigHeader(SAMPLE_MODEL, big, 200 * MIB);
  const split = join(WORK, 'many-parts');
  mkdirSync(split, { recursive: true });
  const source = join(split, 'source.gguf');
  await makeBenchModel(source, {
    ...BENCH_SHAPE,
    layers: 40,
    width: 64,
    experts: 8,
    used: 2,
    expertWidth: 32,
    heads: 2,
    headsKv: 2,
    headDim: 32,
    vocab: 4096,
  });
  const splitter = join(referencePrograms(), 'stock-gguf-split');
  await measure(splitter, ['--split', '--split-max-tensors', '1', source, join(split, 'model')]);
  const [first = '', ...others] = readdirSync(split)
    .filter((name) => name.startsWith('model-'))
    .sort();

  for (const [name, path] of [
    ['inspect, 200 MiB header', big],
    [`inspect, ${1 + others.length} parts`, join(split, first)],
  ] as const) {
    const reading: number[] = [];
    const whole: number[] = [];
    for (let i = 0; i < Math.max(RUNS, 3); i++) {
      using reader = new Backend('off');
      const started = performance.now();
      await inspectModel(path, reader);
      reading.push((performance.now() - started) / 1000);
      whole.push((await measure(process.execPath, [WINNOW, 'inspect', path], { WINNOW_HOME: HOME })).seconds);
    }
    const note = `its headers, start of the worker included; winnow inspect, which has llama.cpp check the model, ${median(whole).toFixed(2)} s`;
    report(name, `${median(reading).toFixed(2)} s`, 'under 1 s', note);
  }
  rmSync(big);
  rmSync(split, { recursive: true });
}

async function benchEval(): Promise<void> {
  for (const [name, model] of [
    ['2 GB model', MODEL],
    ['sample', SAMPLE_MODEL],
  ] as const) {
    const how = { engine, winnow: WINNOW, model, dir: WORK, threads: THREADS, batch: UBATCH, runs: RUNS };
    const { own, stock, perplexities } = await measureEvalSpeed(how);
    const seconds = (values: readonly number[]): string => values.map((x) => x.toFixed(2)).join(', ');
    report(
      `eval of the ${name} / llama-perplexity`,
      ratio(median(stock) / median(own)),
      'at least 0.9',
      `s, whole commands: ${seconds(own)}; llama-perplexity ${seconds(stock)}; perplexity ${perplexities}`,
    );
  }
}

function speedBody(): string {
  const rows = figures.map(({ name, value, target, detail }) => [name, value, target, detail]);
  return `${madeBy('npm run bench -- --write')}

The generated model has Qwen3-30B-A3B's layer shapes, three layers, 128 experts, 8 used, Q8_0, ${(statSync(MODEL).size / 1e9).toFixed(1)} GB, weights of noise;
${THREADS} threads, median of ${RUNS} runs. Ratios compare within this one run; the absolute figures say little about other machines. All rows pass
the last layer in what scoring is compared with.

${table(['what', 'measured', 'target', 'detail'], rows)}`;
}

mkdirSync(WORK, { recursive: true });
await prepareReferencePrograms();
if (!existsSync(MODEL)) process.stderr.write('writing the bench model (2 GB)\n');
await makeBenchModel(MODEL);
const only = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const benches = {
  scoring: benchScoring,
  export: benchExport,
  quantise: benchQuantise,
  repair: benchRepair,
  inspect: benchInspect,
  eval: benchEval,
};
for (const [name, bench] of Object.entries(benches)) if (only.length === 0 || only.includes(name)) await bench();
if (only.length === 0) publish({ name: 'speed', title: 'Speed and memory', body: speedBody() });
await engine.close();
