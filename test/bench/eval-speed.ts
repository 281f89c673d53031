// How fast `winnow eval` is against llama-perplexity on the same 60 KB of text: whole commands, as a person runs them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePrograms } from '../setup/reference-programs.ts';
import type { Engine } from '../engine.ts';
import { sampleDomains, sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { measure } from './measure.ts';
import { words } from '../words.ts';

const CTX = 512;
const TEXT_BYTES = Number(process.env.BENCH_TEXT_BYTES ?? 60 * 1024);

export type EvalSpeedOptions = {
  readonly engine: Engine;
  /** Path of the command line's script. */
  readonly winnow: string;
  readonly model: string;
  /** Folder for the text. */
  readonly dir: string;
  readonly threads: number;
  /** Tokens decoded together, and in one graph. */
  readonly batch: number;
  readonly runs: number;
};

type EvalSpeed = {
  /** Of each run. */
  readonly own: readonly number[];
  readonly stock: readonly number[];
  /** "14.5117 and 14.5117", Winnow's first; several where runs differ. */
  readonly perplexities: string;
};

/** Takes turns. */
export async function measureEvalSpeed({ runs, ...options }: EvalSpeedOptions): Promise<EvalSpeed> {
  const textPath = join(options.dir, 'eval-text.txt');
  writeFileSync(textPath, evaluationText());
  const [own, stock]: [number[], number[]] = [[], []];
  const perplexities = new Set<string>();
  for (let run = 0; run < runs; run++) {
    const theirs = await runStock(textPath, options);
    const ours = await runOwn(textPath, options);
    stock.push(theirs.seconds);
    own.push(ours.seconds);
    perplexities.add(`${ours.perplexity} and ${theirs.perplexity}`);
  }
  return { own, stock, perplexities: [...perplexities].join('; ') };
}

type RunOptions = Omit<EvalSpeedOptions, 'runs'>;

async function runStock(textPath: string, { model, threads, batch }: RunOptions) {
  const args = words`
    -m ${model} -f ${textPath} --no-escape -c ${CTX} -b ${batch} -ub ${batch} -t
    ${threads}`;
  const { seconds, stdout, stderr } = await measure(join(referencePrograms(), 'stock-perplexity'), args);
  return { seconds, perplexity: /PPL = ([\d.]+)/.exec(stdout + stderr)?.[1] };
}

async function runOwn(textPath: string, { model, winnow, engine, threads }: RunOptions) {
  const args = words`${winnow} eval ${model} --text ${textPath} --ctx ${CTX} --gpu off --threads ${threads} --json`;
  const { seconds, stdout } = await measure(process.execPath, args, { WINNOW_HOME: engine.context.home });
  return { seconds, perplexity: (JSON.parse(stdout) as { perplexity: number }).perplexity.toFixed(4) };
}

/** In equal parts of the bundled texts. */
function evaluationText(): string {
  const domains = sampleDomains();
  const part = Math.floor(TEXT_BYTES / domains.length);
  const parts = domains.map((domain) => readFileSync(sampleFiles(domain).text).subarray(0, part));
  // a character that the cut would halve is left out
  return parts.map((bytes) => new TextDecoder().decode(bytes, { stream: true })).join('\n');
}
