// `npm run bench:seeds -- MODEL...`: models that differ by the seed of their training alone, so that "another model" has a spread: what pruning costs each, and
// which ways to choose are better. With --write the tables go to docs/measured/seeds.md. What an earlier run has measured is not measured again.
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import { FAST_CRITERIA } from '../../electron/contract/criteria.ts';
import type { CompareRequest } from '../../electron/contract/requests.ts';
import { Engine } from '../engine.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { mean } from '../../electron/engine/base/statistics/averages.ts';
import type { Method } from '../../electron/engine/measure/study/methods.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { rowsOf, summarise, type StudyRow } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, observationsOf, type Comparison } from './comparisons.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { DOMAINS, NAMED_MODELS, ranAs } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/seeds/', import.meta.url));
/** One thread: it may run beside other work. */
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 } as const;
/** As the paper calibrates. */
const DEMOS = 25;
const FEWER = [1, 5];
const DRAWS = 2;
const CHUNKS = 8;
/** Of each of the other texts. */
const FEW_CHUNKS = 4;
const CTX = 512;
const KEEP = ['0.5', '0.25'];
const WAYS: readonly (readonly [Method, string])[] = [
  ...FAST_CRITERIA.slice(1).map((name): [Method, string] => [name, name]),
  ['random', 'random'],
  ...FEWER.map((n): [Method, string] => [`demos-${n}`, n === 1 ? '1 demo' : `${n} demos`]),
];

type Measured = {
  readonly model: string;
  /** Of each domain on its own text. */
  readonly own: readonly Study[];
  /** Of all domains on all texts. */
  readonly all: Study;
};

async function measured(model: string): Promise<Measured> {
  const engine = new Engine({ home: join(WORK, basename(model, '.gguf')) });
  const studyOf = (domains: readonly string[], how: Partial<CompareRequest> & Pick<CompareRequest, 'criteria'>) =>
    engine.compare({
      model,
      limit: DEMOS,
      maxTokens: 0,
      nUbatch: 2048,
      seeds: DRAWS,
      keep: KEEP,
      grouping: 'ungrouped',
      ctx: CTX,
      placement: PLACEMENT,
      chunks: CHUNKS,
      demos: domains.map((domain) => ({ domain, files: [sampleFiles(domain).demos] })),
      texts: domains.map((name) => ({ name, file: reportText(name) })),
      ...how,
    });
  try {
    const own: Study[] = [];
    for (const domain of DOMAINS) {
      process.stderr.write(`seeds: ${model}, ${domain}, ${new Date().toISOString()}\n`);
      own.push(await studyOf([domain], { criteria: [...FAST_CRITERIA, 'random'], demoCounts: FEWER }));
    }
    return { model, own, all: await studyOf(DOMAINS, { criteria: ['easy-ep'], chunks: FEW_CHUNKS }) };
  } finally {
    await engine.close();
  }
}

if (NAMED_MODELS.length === 0) throw new RangeError('name the files of the models: npm run bench:seeds -- MODEL...');
const MEASURED: Measured[] = [];
for (const model of NAMED_MODELS) MEASURED.push(await measured(model));
const NAMES = MEASURED.map(({ model }) => basename(model, '.gguf'));

/** How far logarithms of ratios scatter over models, as a share: of three, it is itself known to a factor of two or three. */
function spreadOf(ratios: readonly number[]): string {
  const logs = ratios.map(Math.log);
  const centre = mean(logs);
  const variance = logs.reduce((sum, log) => sum + (log - centre) ** 2, 0) / (logs.length - 1);
  return `${(100 * Math.sqrt(variance)).toFixed(1)} %`;
}

/** A line of one figure by model: its interval of the text, the mean of all, how far they scatter, and how far each would on another text. */
function lineOf(name: string, rowsIn: (measured: Measured) => readonly StudyRow[]): string[] {
  const ratios = MEASURED.map((one) => summarise(rowsIn(one))!.ratio);
  const values = ratios.map(({ value }) => value);
  const ofText = mean(ratios.map(({ value, standardError }) => (standardError ?? NaN) / value));
  const average = Math.exp(mean(values.map(Math.log)));
  const spread = [average.toFixed(3), spreadOf(values), `${(100 * ofText).toFixed(1)} %`];
  return [name, ...ratios.map(withInterval), ...spread];
}

function costTable(): string {
  const lines = KEEP.flatMap((share, at) => {
    const kept = `${100 * Number(share)} % kept`;
    return [
      lineOf(`${kept}, all six domains`, ({ own }) =>
        own.flatMap(({ rows, counts }) => rowsOf(rows, 'easy-ep', counts[at]!, 'in')),
      ),
      lineOf(`${kept}, outside the domain`, ({ all: { rows, counts } }) => rowsOf(rows, 'easy-ep', counts[at]!, 'out')),
    ];
  });
  return table(
    ['perplexity over the full model’s', ...NAMES, 'mean', 'spread over models', 'error of the text'],
    lines,
  );
}

/** Of one way beside easy-ep in each model's domains. */
function observations({ model, own }: Measured, method: Method, at: number): Comparison['observations'] {
  return own.flatMap(({ rows, counts }) => observationsOf(model, rowsOf(rows, method, counts[at]!, 'in')));
}

/** Of all models together: they share texts and demos, so that a domain is one observation. */
function observationsOfDomains(method: Method, at: number): Comparison['observations'] {
  const all = MEASURED.flatMap((one) => observations(one, method, at));
  return [...Map.groupBy(all, ({ domain }) => domain)].map(([domain, own]) => ({
    model: 'all',
    domain,
    ratio: Math.exp(mean(own.map(({ ratio }) => Math.log(ratio)))),
  }));
}

function waysPart(): string {
  return KEEP.map((share, at) => {
    const head = `over easy-ep by ${DEMOS} demos, ${100 * Number(share)} % kept`;
    const comparisons = WAYS.map(([method, name]) => ({
      name,
      observations: observationsOfDomains(method, at),
    }));
    return comparisonTable(head, comparisons);
  }).join('\n\n');
}

const body = `${madeBy(ranAs('bench:seeds'))}

Models that differ by the seed of their training alone; experts are chosen by ${DEMOS} demos of one domain.

## What pruning costs

Experts are chosen by easy-ep. On the domain's own report text, ${CHUNKS} chunks of ${CTX} tokens or as many as it has; outside, ${FEW_CHUNKS} chunks of each other one. Intervals of one model are of the text. The spread is the standard
deviation of one model's logarithm; of ${MEASURED.length} models it is known to a factor of two or three only. The last column is how far one model's figure would scatter by its text alone, in the mean.

${costTable()}

## Other ways beside easy-ep

The models share texts and demos, so each domain is one observation, the geometric mean over the models. ${COMPARISON_NOTE}

${waysPart()}`;
publish({ name: 'seeds', title: 'One model, trained again', reports: DOMAINS.map(reportText), body });
