// `npm run bench:fit [-- MODEL...]`: the best files of the bundled sample for a few sizes, in each of its domains, beside the best
// quantisation of the whole model; then those of other models with its tokenizer, for sizes as large a share of the file. With --write the
// table goes to docs/measured/fit.md. What an earlier run has found is not searched again: remove native/build/bench/fit to begin anew. Two
// processes may each search some domains (BENCH_DOMAINS=python,math) before a last one writes the table of all.
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mean } from '../../electron/engine/base/statistics/averages.ts';
import { displayBytes } from '../../electron/contract/display-bytes.ts';
import type { FitFile, FitResult } from '../../electron/contract/fit.ts';
import type { EvaluationFigures } from '../../electron/contract/api/evaluations.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import type { FitRequest } from '../../electron/contract/requests.ts';
import { quantTypeSchema } from '../../electron/contract/quantise.ts';
import { listScoreRuns } from '../../electron/engine/store/score-runs.ts';
import { rulesOfMix } from '../../electron/engine/write/quantising/tensor-classes.ts';
import { Engine } from '../engine.ts';
import { planFit } from '../../electron/engine/measure/fit/plan-fit.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import { keptRow } from './kept-rows.ts';
import { madeBy, publish, table } from './measured-documents.ts';
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
function requestFor(model: string, domain: string, other: string, budgetBytes: number): FitRequest {
  return {
    model,
    demos: { kind: 'files', files: [sampleFiles(domain).demos] },
    limit: DEMOS,
    holdBack: 0,
    maxTokens: 0,
    nUbatch: 2048,
    criterion: 'easy-ep',
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
  const anySize = requestFor(model, domain, other, NO_LIMIT);
  const whole = (await planFit(anySize, engine.context, idleTask())).plan.files[0];
  if (!whole) throw new RangeError('any model fits without a limit');
  const request = { ...anySize, budgetBytes: Math.round(bytes + whole.memoryBytes - whole.bytes) };
  const [best, plain] = [join(folder, 'best.gguf'), join(folder, 'plain.gguf')];
  const result = await engine.fit({ ...request, output: best });
  const hasOther = result.plain !== null && result.plain !== result.best;
  if (hasOther) {
    const { type, mix } = result.files[result.plain]!;
    const rules = mix === null ? {} : rulesOfMix(mix);
    const quantise = { type: quantTypeSchema.parse(type), rules, allowRequantize: true };
    const imatrixRun = listScoreRuns(engine.context.store)[0]!.id;
    const repair = { demos: request.demos, limit: DEMOS, placement: PLACEMENT };
    const how = { model, output: plain, quantise, imatrixRun, repair };
    await engine.run('quantise', { ...how, split: 'single', overwrite: true, dryRun: false });
  }
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
  return `${file.keep === nExpert ? 'all' : file.keep}${width} ${types}${repaired}`;
}

function nats(figure: Interval | null): string {
  return figure?.value.toFixed(4) ?? '–';
}

function rowOf({ bytes, domain, result, inside, plain }: Found): string[] {
  const whole = result.plain === null ? undefined : result.files[result.plain];
  return [
    displayBytes(bytes),
    domain,
    fileName(result, result.files[result.best]),
    nats(inside.klMean),
    fileName(result, whole),
    result.plain === result.best ? 'the same file' : nats(plain?.inside.klMean ?? null),
  ];
}

/** "0.008–0.014", the least to the most. */
function range(figures: readonly (Interval | null | undefined)[]): string {
  const values = figures.flatMap((figure) => figure?.value ?? []);
  if (values.length === 0) return '–';
  const digits = Math.max(...values) < 10 ? 3 : 1;
  return [Math.min(...values).toFixed(3), Math.max(...values).toFixed(digits)].join('–');
}

/** Nothing is claimed beyond these domains: they are too few for a test, and one model's. */
function summaryRow(size: number, ofSize: readonly Found[]): string[] {
  const beside = ofSize.flatMap(({ result, inside, plain }) =>
    result.plain === null ? [] : [{ inside, whole: plain?.inside ?? inside, over: plain?.over ?? null }],
  );
  const kl = ({ klMean }: EvaluationFigures): number => klMean?.value ?? NaN;
  const klRatios = beside.map(({ inside, whole }) => kl(inside) / kl(whole));
  const of = (count: number): string => (beside.length === 0 ? '–' : `${count} of ${beside.length}`);
  return [
    `up to ${displayBytes(size)}`,
    range(ofSize.map(({ inside }) => inside.klMean)),
    range(beside.map(({ whole }) => whole.klMean)),
    beside.length === 0 ? '–' : Math.exp(mean(klRatios.map(Math.log))).toFixed(2),
    of(beside.filter(({ over }) => over === null).length),
    range(ofSize.map(({ inside }) => inside.ratio)),
    range(beside.map(({ over }) => over?.ratio)),
    of(beside.filter(({ over }) => (over?.ratio?.low ?? 0) > 1).length),
    range(ofSize.map(({ outside }) => outside.ratio)),
  ];
}

function summary(found: readonly Found[]): string {
  const bySize = [...Map.groupBy(found, ({ bytes }) => bytes)].map(([size, ofSize]) => summaryRow(size, ofSize));
  return table(SUMMARY, bySize);
}

const SUMMARY = [
  ...['size', 'KL', 'with all experts', 'KL over that', 'all is best'],
  ...['perplexity', 'all over it', 'better', 'elsewhere'],
];
const COLUMNS = ['at most', 'domain', 'best file', 'KL', 'best with all experts', 'its KL'];

const found = await findAll();
const written = await sections((model) => {
  const ofModel = found.filter((one) => one.model === model).toSorted((one, other) => other.bytes - one.bytes);
  return `${summary(ofModel)}\n\n${table(COLUMNS, ofModel.map(rowOf))}`;
});
const body = `${madeBy(ranAs('bench:fit'))}

For each domain and each size, \`winnow fit\` looks for the best file of at most that size, by ${DEMOS} demos, with an importance matrix of the demos. A mixture is gate and up / down / attention / shared experts / dense blocks / embedding and output, as far as the model has them.
The search reads the sample's held-out texts, which chose the defaults too. Figures are of the texts in test/texts, which decided nothing, in chunks of ${CTX} tokens: mean KL divergence in nats from the source and perplexity over the source's, least to most of the domains. "Over that" is a geometric mean over the domains, 1 where all experts are best; "all over it" the perplexity of the best file with all experts over the best file's, and "better" how often its 95 % interval, in pairs, lies above 1. "Elsewhere" is perplexity on the text of one other domain.

${written}`;
publish({ name: 'fit', title: 'The best file for a size', reports: sampleDomains().map(reportText), body });
if (process.argv.includes('--write')) drawWhichFile();
