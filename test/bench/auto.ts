// `npm run bench:auto [-- CHUNKS] [MODEL...]`: what `--criterion auto` chooses on demos that were not scored, beside the criterion that turns out best on the report text, at half
// and at a quarter. With --write the tables go to docs/measured/auto.md.
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import type { BestCriterion } from '../../electron/contract/api/selections.ts';
import { FAST_CRITERIA, type FastCriterion } from '../../electron/contract/criteria.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import { Engine } from '../engine.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import type { Study } from '../../electron/engine/measure/study/run-compare.ts';
import { meanRatio, type StudyRow } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable } from './comparisons.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { chunksOr, DOMAINS, MODELS, ranAs } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/auto/', import.meta.url));
/** One thread: it may run beside other work. */
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 } as const;
/** As the paper calibrates; the others of the sample's forty are what auto measures on. */
const DEMOS = 25;
const CHUNKS = chunksOr(16);
const CTX = 512;
const KEEP = [0.5, 0.25];
/** The first of the fast ones, which leads where they are measured in their order. */
const [USUAL] = FAST_CRITERIA;
/** How far the best may be ahead, as a share of its perplexity. */
const GOAL = 0.01;

const engine = new Engine({ home: join(WORK, 'home') });

type Row = {
  readonly model: string;
  readonly domain: string;
  readonly share: number;
  /** "16 of 32" */
  readonly kept: string;
  readonly auto: BestCriterion;
  /** The row of the criterion that auto takes, on the report text. */
  readonly chosen: StudyRow;
  /** The row of the one that is best there. */
  readonly best: StudyRow;
  readonly bestCriterion: FastCriterion;
  /** Perplexity of the first over that of the second, paired; null: they are one. */
  readonly overBest: Interval | null;
  /** The same of the criterion that is taken unless another is named. */
  readonly usual: StudyRow;
  readonly overUsual: Interval | null;
};

/** Scores once, for auto and for what it is held to. */
async function scoresOf(model: string, domain: string): Promise<string> {
  const demos = { kind: 'files' as const, files: [sampleFiles(domain).demos], domain };
  const outcome = await engine.score({
    model,
    demos,
    limit: DEMOS,
    maxTokens: 0,
    nUbatch: 2048,
    placement: PLACEMENT,
    fresh: false,
  });
  const path = join(WORK, `${basename(model)}-${domain}.json`);
  await engine.writeScores(outcome, path);
  return path;
}

/** Every fast criterion's choice on the domain's own text, over that of the first one in pairs. */
async function onReportText(
  model: string,
  domain: string,
  share: number,
  criteria: readonly FastCriterion[],
): Promise<Study> {
  return engine.compare({
    model,
    limit: DEMOS,
    maxTokens: 0,
    nUbatch: 2048,
    criteria: [...criteria],
    seeds: 1,
    keep: [String(share)],
    grouping: 'ungrouped',
    ctx: CTX,
    chunks: CHUNKS,
    placement: PLACEMENT,
    demos: [{ domain, files: [sampleFiles(domain).demos] }],
    texts: [{ name: domain, file: reportText(domain) }],
  });
}

async function rowFor(model: string, domain: string, scores: string, share: number): Promise<Row> {
  const auto = await engine.bestCriterion({
    scores: [scores],
    demos: [sampleFiles(domain).demos],
    keep: { kind: 'ratio', ratio: share },
    pins: [],
    drops: [],
    grouping: 'ungrouped',
    tokens: null,
    chunkTokens: CTX,
    placement: PLACEMENT,
  });
  const ofCriterion = (rows: readonly StudyRow[], criterion: FastCriterion): StudyRow =>
    rows.find(({ method }) => method === criterion)!;
  const { rows: measured, counts, info } = await onReportText(model, domain, share, FAST_CRITERIA);
  const bestCriterion = FAST_CRITERIA.toSorted(
    (a, b) => ofCriterion(measured, a).ratio.value - ofCriterion(measured, b).ratio.value,
  )[0]!;
  // what is measured is kept, so that another leader costs nothing
  const others = FAST_CRITERIA.filter((criterion) => criterion !== bestCriterion);
  const { rows: paired } = await onReportText(model, domain, share, [bestCriterion, ...others]);
  const chosen = ofCriterion(paired, auto.best);
  const usual = { usual: ofCriterion(measured, USUAL), overUsual: ofCriterion(measured, auto.best).overLeading };
  return {
    model,
    domain,
    share,
    kept: `${counts[0]} of ${info.nExpert}`,
    auto,
    chosen,
    best: ofCriterion(paired, bestCriterion),
    bestCriterion,
    overBest: chosen.overLeading,
    ...usual,
  };
}

const rows: Row[] = [];
for (const model of MODELS) {
  for (const domain of DOMAINS) {
    process.stderr.write(`auto: ${model}, ${domain}, ${new Date().toISOString()}\n`);
    const scores = await scoresOf(model, domain);
    for (const share of KEEP) rows.push(await rowFor(model, domain, scores, share));
  }
}
await engine.close();

const ONE: Interval = { value: 1, standardError: 0, low: 1, high: 1 };

/** Geometric means over the domains of one model. */
function lineOf(model: string, share: number): string[] {
  const own = rows.filter((row) => row.model === model && row.share === share);
  const mean = (of: (row: Row) => Interval): string =>
    withInterval(meanRatio(own.map((row) => ({ ...row.chosen, ratio: of(row) }))));
  return [
    `${basename(model, '.gguf')}, ${own[0]?.kept}`,
    mean(({ usual }) => usual.ratio),
    mean(({ chosen }) => chosen.ratio),
    mean(({ best }) => best.ratio),
    mean(({ overUsual }) => overUsual ?? ONE),
    mean(({ overBest }) => overBest ?? ONE),
  ];
}

const HEAD = ['kept', USUAL, 'auto', 'best of each domain', `auto over ${USUAL}, paired`, 'auto over the best, paired'];

const comparisons = KEEP.map((share) => ({
  name: `auto, ${100 * share} % kept`,
  observations: rows
    .filter((row) => row.share === share)
    .map(({ model, domain, overUsual }) => ({ model, domain, ratio: overUsual?.value ?? 1 })),
}));
const within = rows.filter(({ overBest }) => (overBest?.value ?? 1) <= 1 + GOAL);
const body = `${madeBy(ranAs('bench:auto'))}

Experts are chosen by ${DEMOS} demos of one domain; \`winnow select --criterion auto\` compares the six fast criteria on the others by their KL divergence, and takes one. All six are then measured on the domain’s
report text, ${CHUNKS} chunks of ${CTX} tokens or as many as it has. The best of six there is a little too good by being picked on the very text that it is measured on.
Within ${100 * GOAL} % of the best criterion of the row: ${within.length} of ${rows.length} rows.

## Beside ${USUAL}

${COMPARISON_NOTE}

${comparisonTable(`over ${USUAL}`, comparisons)}

## By model

Perplexity over the full model’s: geometric means over the domains, with 95 % intervals of the text.

${table(
  HEAD,
  MODELS.flatMap((model) => KEEP.map((share) => lineOf(model, share))),
)}`;
publish({ name: 'auto', title: 'The criterion that auto takes', reports: DOMAINS.map(reportText), body });
