// `npm run bench:fit [-- MODEL...]`: the best files of the bundled sample for a few sizes, in each of its domains, beside the best
// quantisation of the whole model; then those of other models with its tokenizer, for sizes as large a share of the file. With --write the
// table goes to docs/measured/fit.md. What an earlier run has found is not searched again: remove native/build/bench/fit to begin anew. Two
// processes may each search some domains (BENCH_DOMAINS=python,math) before a last one writes the table of all.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { displayBytes } from '../../electron/contract/display-bytes.ts';
import type { FitFile, FitResult } from '../../electron/contract/fit.ts';
import type { EvaluationFigures } from '../../electron/contract/api/evaluations.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import type { FitRequest } from '../../electron/contract/requests.ts';
import { Engine } from '../engine.ts';
import { planFit } from '../../electron/engine/measure/fit/plan-fit.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { defaultTokens } from '../../electron/contract/token-classes.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import { keptRow } from './kept-rows.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { inspect } from '../setup/inspect.ts';
import { DOMAINS, MODELS, ranAs, sections } from './measured-models.ts';
import { reportText } from './report-texts.ts';
import { drawWhichFile } from './which-file.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/fit/', import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 } as const;
/** Bytes of the sample's files. */
const SIZES = [9.5e6, 7.5e6, 5.5e6, 3.7e6];
const DEMOS = 25;
const CTX = 512;
/** Any model fits. */
const NO_LIMIT = 1e12;

type Found = {
  readonly model: string;
  readonly domain: string;
  readonly bytes: number;
  readonly other: string;
  readonly result: FitResult;
  readonly inside: EvaluationFigures;
  readonly outside: EvaluationFigures;
  /** Of the best quantisation of the whole model; null: none fits, or it is the best file. `over`: over the best file, in pairs. */
  readonly plain: { readonly inside: EvaluationFigures; readonly over: EvaluationFigures } | null;
};

/** What the search reads: the texts that every default was chosen on. What it finds is measured on others. */
async function requestFor(model: string, domain: string, other: string, budgetBytes: number): Promise<FitRequest> {
  return {
    model,
    demos: { kind: 'files', files: [sampleFiles(domain).demos] },
    limit: DEMOS,
    holdBack: 0,
    maxTokens: 0,
    nUbatch: 2048,
    criterion: 'easy-ep',
    tokens: defaultTokens((await inspect(model)).moeLayers),
    grouping: 'ungrouped',
    budgetBytes,
    ctx: CTX,
    texts: [domain, other].map((name) => ({ name, file: sampleFiles(name).text })),
    chunkTokens: CTX,
    requantise: true,
    overwrite: true,
    placement: PLACEMENT,
  };
}

async function figuresOf(engine: Engine, file: string, against: string, domain: string): Promise<EvaluationFigures> {
  const request = { model: file, text: reportText(domain), against, ctx: CTX, placement: PLACEMENT };
  return (await engine.evaluate(request)).figures;
}

function foundOf(model: string, domain: string, bytes: number): Promise<Found> {
  const folder = join(WORK, `${basename(model, '.gguf')}-${domain}`);
  mkdirSync(folder, { recursive: true });
  return keptRow(join(folder, `${bytes}.json`), async () => {
    const engine = new Engine({ home: join(folder, 'home') });
    try {
      return await search(engine, folder, model, domain, bytes);
    } finally {
      await engine.close();
    }
  });
}

async function search(engine: Engine, folder: string, model: string, domain: string, bytes: number): Promise<Found> {
  const all = sampleDomains();
  const other = all[(all.indexOf(domain) + 1) % all.length] ?? domain;
  const anySize = await requestFor(model, domain, other, NO_LIMIT);
  const whole = (await planFit(anySize, engine.context, idleTask())).plan.files[0];
  if (!whole) throw new RangeError('any model fits without a limit');
  const request = { ...anySize, budgetBytes: Math.round(bytes + whole.memoryBytes - whole.bytes) };
  const [best, plain] = [join(folder, 'best.gguf'), join(folder, 'plain.gguf')];
  const result = await engine.fit({ ...request, output: best });
  const hasOther = result.plain !== null && result.plain !== result.best;
  if (hasOther) await engine.fit({ ...request, output: plain, takes: 'other', writesAgain: true });
  const found = {
    model,
    domain,
    bytes,
    other,
    result,
    inside: await figuresOf(engine, best, model, domain),
    outside: await figuresOf(engine, best, model, other),
    plain: hasOther
      ? { inside: await figuresOf(engine, plain, model, domain), over: await figuresOf(engine, plain, best, domain) }
      : null,
  };
  for (const file of [best, plain]) rmSync(file, { force: true });
  return found;
}

async function findAll(): Promise<Found[]> {
  const found: Found[] = [];
  for (const model of MODELS) {
    const larger = statSync(model).size / statSync(SAMPLE_MODEL).size;
    for (const domain of DOMAINS) {
      for (const size of SIZES) {
        const one = await foundOf(model, domain, Math.round((size * larger) / 1e5) * 1e5);
        found.push(one);
        const { result, bytes, inside } = one;
        process.stderr.write(
          `${basename(model)}, ${domain}, ${displayBytes(bytes)}: ${fileName(result, result.files[result.best])}, KL ${nats(inside.klMean)}, ${Math.round(result.seconds)} s\n`,
        );
      }
    }
  }
  return found;
}

function fileName({ nExpert, sourceType }: FitResult, file: FitFile | undefined): string {
  if (!file) return 'none';
  const types = file.mix === null ? (file.type ?? sourceType) : Object.values(file.mix).join('/');
  const width = file.width === null ? '' : ` at ${file.width} of the width`;
  const repaired = file.repair?.isKept ? ', repaired' : '';
  return `${file.keep === nExpert ? 'all' : file.keep}${width} ${types}${repaired}, ${displayBytes(file.bytes)}`;
}

function nats(figure: Interval | null): string {
  return figure?.value.toFixed(4) ?? '–';
}

function ratio(figure: Interval | null): string {
  if (!figure) return '–';
  const { value, low, high } = figure;
  const ends = low === null || high === null ? '' : ` (${low.toFixed(3)}–${high.toFixed(3)})`;
  return `${value.toFixed(3)}${ends}`;
}

function rowOf({ bytes, domain, other, result, inside, outside, plain }: Found): string[] {
  const whole = result.plain === null ? undefined : result.files[result.plain];
  return [
    displayBytes(bytes),
    domain,
    fileName(result, result.files[result.best]),
    nats(inside.klMean),
    ratio(inside.ratio),
    `${ratio(outside.ratio)} ${other}`,
    fileName(result, whole),
    ...(result.plain === result.best
      ? ['the same file', 'the same file']
      : [nats(plain?.inside.klMean ?? null), ratio(plain?.over.ratio ?? null)]),
  ];
}

/** Nothing is claimed beyond these domains: they are too few for a test, and one model's. */
function summary(found: readonly Found[]): string {
  return [...new Set(found.map(({ bytes }) => bytes))]
    .map((size) => {
      const ofSize = found.filter(({ bytes }) => bytes === size);
      const beside = ofSize.filter(({ result }) => result.plain !== null);
      if (beside.length === 0) return `${displayBytes(size)}: no quantisation of the whole model is that small`;
      const ratios = beside.flatMap(({ inside, plain }) =>
        plain ? (inside.klMean?.value ?? NaN) / (plain.inside.klMean?.value ?? NaN) : [],
      );
      const nearer = ratios.filter((one) => one < 1).length;
      const same = beside.length - ratios.length;
      const mean = Math.exp(ratios.reduce((sum, one) => sum + Math.log(one), 0) / beside.length);
      return `${displayBytes(size)}: nearer to the source than the best quantisation of the whole model in ${nearer} of ${beside.length} domains, that itself in ${same}, its KL divergence over that one's ${mean.toFixed(2)} (geometric mean)`;
    })
    .join('; ');
}

const COLUMNS = [
  ...['at most', 'domain', 'best file', 'KL', 'in domain', 'outside'],
  ...['best with all experts', 'its KL', 'that / best, in domain'],
];

const found = await findAll();
const written = await sections((model) => {
  const ofModel = found.filter((one) => one.model === model).toSorted((one, other) => other.bytes - one.bytes);
  return `${summary(ofModel)}.\n\n${table(COLUMNS, ofModel.map(rowOf))}`;
});
const body = `${await madeBy(ranAs('bench:fit'))}

For each domain and each size, \`winnow fit\` looks for the best file of at most that size, by ${DEMOS} demos. Weights are quantised again, by an importance matrix of the demos. A mixture is told as gate and up / down / attention / shared experts / dense blocks / embedding and output, as far as the model has them.
The search reads the sample's held-out texts, which chose the defaults too. Figures are of the texts in test/texts, which decided nothing: mean KL divergence in nats from the source, and perplexity over the source's with 95 % intervals over chunks of ${CTX} tokens (of the text alone: one set of demos, one model), in the domain and on the text of one other domain. The last columns are those of the best
quantisation of the whole model, repaired or not, a mixture of types or one of llama.cpp's own; its perplexity over that of the best file, in pairs: above 1 the best file is better.

${written}`;
publish({ name: 'fit', title: 'The best file for a size', reports: sampleDomains().map(reportText), body });
if (process.argv.includes('--write')) drawWhichFile();
