// How fast `winnow eval` is against llama-perplexity on the same 60 KB of text: whole commands, as a person runs them, and
// what each computes once its model is loaded.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePrograms } from '../setup/reference-programs.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import type { Engine } from '../engine.ts';
import { measureText } from '../../electron/engine/measure/evaluation/measure-text.ts';
import { ModelSlot } from '../../electron/engine/measure/evaluation/model-slot.ts';
import { sampleDomains, sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { median } from '../../electron/engine/base/statistics/averages.ts';
import { table } from './measured-documents.ts';
import { loggedSeconds } from './logged-seconds.ts';
import { measure } from './measure.ts';
import { inspect } from '../setup/inspect.ts';

export const CTX = 512;
const TEXT_BYTES = Number(process.env.BENCH_TEXT_BYTES ?? 60 * 1024);

export type EvalSpeedOptions = {
  readonly engine: Engine;
  /** Path of the command line's script. */
  readonly winnow: string;
  /** Models by what they are called. */
  readonly models: readonly (readonly [name: string, path: string])[];
  /** Folder for the text. */
  readonly dir: string;
  readonly threads: number;
  /** Tokens decoded together, and in one graph. */
  readonly batch: number;
  readonly runs: number;
};

type Seconds = Record<'own' | 'stock' | 'ownComputing' | 'stockComputing', number[]>;

/** Takes turns. @returns a table */
export async function benchEvalSpeed({ models, runs, ...options }: EvalSpeedOptions): Promise<string> {
  const text = evaluationText();
  const textPath = join(options.dir, 'eval-text.txt');
  writeFileSync(textPath, text);
  const rows: string[][] = [];
  for (const [name, path] of models) {
    const seconds: Seconds = { own: [], stock: [], ownComputing: [], stockComputing: [] };
    const perplexities = new Set<string>();
    for (let run = 0; run < runs; run++) {
      const stock = await runStock(path, textPath, options);
      const own = await runOwn(path, textPath, options);
      seconds.stock.push(stock.seconds);
      seconds.stockComputing.push(stock.computing);
      seconds.own.push(own.seconds);
      seconds.ownComputing.push(await secondsOfComputing(path, text, options));
      perplexities.add(`${own.perplexity} and ${stock.perplexity}`);
    }
    const row = (what: string, ours: readonly number[], theirs: readonly number[]): string[] => [
      `${name}, ${what}`,
      `${(median(theirs) / median(ours)).toFixed(2)} ×`,
      'at least 0.9',
      `s: winnow ${listed(ours)}; llama-perplexity ${listed(theirs)}`,
    ];
    rows.push(row('whole command', seconds.own, seconds.stock));
    rows.push(row('computing alone', seconds.ownComputing, seconds.stockComputing));
    rows.push([`${name}, perplexity`, [...perplexities].join('; '), 'the same', 'winnow and llama-perplexity']);
    for (const cells of rows.slice(-3)) process.stderr.write(`${cells.join(' | ')}\n`);
  }
  return table(['what', 'measured', 'target', 'detail'], rows);
}

type RunOptions = Omit<EvalSpeedOptions, 'models' | 'runs'>;

async function runStock(path: string, textPath: string, { threads, batch }: RunOptions) {
  const args = [
    '-m',
    path,
    '-f',
    textPath,
    '--no-escape',
    '-c',
    String(CTX),
    '-b',
    String(batch),
    '-ub',
    String(batch),
    '-t',
    String(threads),
  ];
  const { seconds, stdout, stderr } = await measure(join(referencePrograms(), 'stock-perplexity'), args);
  const log = stdout + stderr;
  return {
    seconds,
    computing: loggedSeconds(log, 'tokenizing the input'),
    perplexity: /PPL = ([\d.]+)/.exec(log)?.[1],
  };
}

async function runOwn(path: string, textPath: string, { winnow, engine, threads }: RunOptions) {
  const args = [
    winnow,
    'eval',
    path,
    '--text',
    textPath,
    '--ctx',
    String(CTX),
    '--gpu',
    'off',
    '--threads',
    String(threads),
    '--json',
  ];
  const { seconds, stdout } = await measure(process.execPath, args, { WINNOW_HOME: engine.context.home });
  return { seconds, perplexity: (JSON.parse(stdout) as { perplexity: number }).perplexity.toFixed(4) };
}

/** Tokenising and all that follows, with the model loaded. */
async function secondsOfComputing(path: string, text: string, { threads }: RunOptions): Promise<number> {
  const info = await inspect(path);
  const placement = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads } as const;
  const slot = new ModelSlot({ placement, host: forkWorker }, false);
  try {
    const { backend, model } = await slot.hold({ info });
    const started = performance.now();
    await measureText(backend, model, info, { name: 'text', text }, { ctx: CTX, placement }, null, {});
    return (performance.now() - started) / 1000;
  } finally {
    await slot.close();
  }
}

/** In equal parts of the bundled texts. */
function evaluationText(): string {
  const domains = sampleDomains();
  const part = Math.floor(TEXT_BYTES / domains.length);
  const parts = domains.map((domain) => readFileSync(sampleFiles(domain).text).subarray(0, part));
  // a character that the cut would halve is left out
  return parts.map((bytes) => new TextDecoder().decode(bytes, { stream: true })).join('\n');
}

function listed(seconds: readonly number[]): string {
  return seconds.map((value) => value.toFixed(2)).join(', ');
}
