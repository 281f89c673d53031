// `npm run bench:fit [-- MODEL...]`: the best files of the bundled sample for a few sizes, in each of its domains, beside the best
// quantisation of the whole model; then those of other models with its tokenizer, for sizes as large a share of the file. With --write the
// table goes to docs/measured/fit.md. What an earlier run has measured is not measured again: remove native/build/bench/fit to begin anew.
import { mkdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { displayBytes } from '../../electron/contract/display-bytes.ts';
import type { FitFile, FitResult } from '../../electron/contract/fit.ts';
import type { PublishedInterval } from '../../electron/contract/interval.ts';
import type { FitRequest } from '../../electron/contract/requests.ts';
import { Engine } from '../engine.ts';
import { planFit } from '../../electron/engine/measure/fit/plan-fit.ts';
import { idleTask } from '../../electron/engine/store/task.ts';
import { defaultTokens } from '../../electron/contract/token-classes.ts';
import { inspect } from '../setup/inspect.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { reportText } from './report-texts.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/fit/', import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 2 } as const;
/** Bytes of the sample's files. */
const SIZES = [9.5e6, 7.5e6, 5.5e6, 3.7e6];
const DEMOS = 25;
const CTX = 512;
/** Any model fits. */
const NO_LIMIT = 1e12;

const MODELS = [SAMPLE_MODEL, ...process.argv.slice(2).filter((argument) => argument !== '--write')].map((path) =>
  resolve(path),
);
/** Default: all of them. */
const DOMAINS = process.env.BENCH_DOMAINS?.split(',') ?? sampleDomains();

const engine = new Engine({ home: join(WORK, 'home') });

type Found = {
  readonly model: string;
  readonly domain: string;
  readonly bytes: number;
  readonly other: string;
  readonly result: FitResult;
};

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
    overwrite: false,
    placement: PLACEMENT,
  };
}

async function findAll(): Promise<Found[]> {
  const all = sampleDomains();
  const found: Found[] = [];
  for (const model of MODELS) {
    const larger = statSync(model).size / statSync(SAMPLE_MODEL).size;
    for (const size of SIZES) {
      const bytes = Math.round((size * larger) / 1e5) * 1e5;
      for (const domain of DOMAINS) {
        const other = all[(all.indexOf(domain) + 1) % all.length] ?? domain;
        const anySize = await requestFor(model, domain, other, NO_LIMIT);
        const whole = (await planFit(anySize, engine.context, idleTask())).plan.files[0];
        if (!whole) throw new RangeError('any model fits without a limit');
        const result = await engine.fit({
          ...anySize,
          budgetBytes: Math.round(bytes + whole.memoryBytes - whole.bytes),
        });
        found.push({ model, domain, bytes, other, result });
        const best = result.files[result.best];
        process.stderr.write(
          `${basename(model)}, ${domain}, ${displayBytes(bytes)}: ${fileName(result, best)}, KL ${nats(best?.confirmed?.klMean)}, ${Math.round(result.seconds)} s\n`,
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

function nats(figure: PublishedInterval | null | undefined): string {
  return figure ? figure.value.toFixed(4) : '–';
}

function ratio(figure: PublishedInterval | null | undefined): string {
  if (!figure) return '–';
  const { value, low, high } = figure;
  const ends = low === null || high === null ? '' : ` (${low.toFixed(3)}–${high.toFixed(3)})`;
  return `${value.toFixed(3)}${ends}`;
}

function rowOf({ bytes, domain, other, result }: Found): string[] {
  const best = result.files[result.best];
  const plain = result.plain === null ? undefined : result.files[result.plain];
  const isPlain = plain === best;
  return [
    displayBytes(bytes),
    domain,
    fileName(result, best),
    nats(best?.confirmed?.klMean),
    ratio(best?.confirmed?.inside),
    `${ratio(best?.confirmed?.outside)} ${other}`,
    fileName(result, plain),
    isPlain ? 'the same file' : nats(plain?.confirmed?.klMean),
    isPlain ? 'the same file' : ratio(result.over?.inside),
    isPlain ? 'the same file' : ratio(result.over?.outside),
  ];
}

/** The best file is worse where the plain one's whole interval is below it, better where it is above. */
function verdict(found: readonly Found[]): string {
  return [...new Set(found.map(({ bytes }) => bytes))]
    .map((size) => {
      const ofSize = found.filter(({ bytes, result }) => bytes === size && result.plain !== null);
      if (ofSize.length === 0) return `${displayBytes(size)}: no quantisation of the whole model is that small`;
      const over = ofSize.flatMap(({ result }) => (result.plain === result.best ? [] : (result.over?.inside ?? [])));
      const better = over.filter(({ low }) => low !== null && low > 1).length;
      const worse = over.filter(({ high }) => high !== null && high < 1).length;
      const same = ofSize.filter(({ result }) => result.plain === result.best).length;
      return `${displayBytes(size)}: measurably better than the best plain quantisation in ${better} of ${ofSize.length} domains, that itself in ${same}, measurably worse in ${worse}`;
    })
    .join('; ');
}

const COLUMNS = [
  ...['at most', 'domain', 'best file', 'KL', 'in domain', 'outside'],
  ...['best with all experts', 'its KL', 'that / best, in domain', 'outside'],
];

async function sectionOf(model: string, found: readonly Found[]): Promise<string> {
  const { arch, nExpert, nExpertUsed } = await inspect(model);
  return `## ${basename(model)}

${arch}, ${nExpert} experts of which ${nExpertUsed} are used, ${displayBytes(statSync(model).size)}. ${verdict(found)}.

${table(COLUMNS, found.map(rowOf))}`;
}

mkdirSync(WORK, { recursive: true });
try {
  const found = await findAll();
  const sections = await Promise.all(
    MODELS.map((model) =>
      sectionOf(
        model,
        found.filter((one) => one.model === model),
      ),
    ),
  );
  const body = `${await madeBy('npm run bench:fit')}

For each domain and each size, \`winnow fit\` looks for the best file of at most that size, by ${DEMOS} demos. Weights are quantised again, by an importance matrix of the demos. A mixture is told as gate and up / down / attention / shared experts / dense blocks / embedding and output, as far as the model has them.
The search reads one half of the held-out texts; figures are of the other half, which decided nothing: mean KL divergence in nats from the source, and perplexity over the source's with 95 % intervals over chunks of ${CTX} tokens, in the domain and on the text of one other domain. The last columns are those of the best
quantisation of the whole model, repaired or not, a mixture of types or one of llama.cpp's own; its perplexity over that of the best file, in pairs: above 1 the best file is better.

${sections.join('\n\n')}`;
  publish({ name: 'fit', title: 'The best file for a size', reports: DOMAINS.map(reportText), body });
} finally {
  await engine.close();
}
