// `npm run bench:repair [-- MODEL...]`: what repaired down matrices make up for, with a half and a quarter of the experts of each model, in each
// domain and outside it. With --write the tables go to docs/measured/repair.md. What an earlier run has measured is not measured again: remove
// native/build/bench/repair to begin anew.
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import type { EvaluationFigures } from '../../electron/contract/api/evaluations.ts';
import type { PruneRequest } from '../../electron/contract/requests.ts';
import { Engine } from '../engine.ts';
import { engineHere } from '../../electron/engine/app/session/engine-here.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { meanRatio } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, type Comparison } from './comparisons.ts';
import { keptRow } from './kept-rows.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { DOMAINS, MODELS, ranAs } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/repair/', import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 } as const;
const CHOOSING_DEMOS = 25;
const DEMOS = 40;
const CTX = 512;
const CHUNKS = 16;
/** Chunks of each text outside the domain: there are five. */
const OUTSIDE_CHUNKS = 4;

mkdirSync(WORK, { recursive: true });
const engine = new Engine({ home: join(WORK, 'home') });
const here = engineHere(engine.context);

/** Shares of the experts. */
const KEEP = [0.5, 0.25];

/** One file on one text. */
type OnText = { readonly text: string; readonly figures: EvaluationFigures };

type Row = {
  readonly model: string;
  readonly domain: string;
  readonly share: number;
  /** "8 of 32" */
  readonly kept: string;
  /** Over the full model: on the domain's own text first. */
  readonly plain: readonly OnText[];
  /** Null: the gate kept the repair out. */
  readonly repaired: readonly OnText[] | null;
};

function rowFor(model: string, domain: string, share: number): Promise<Row> {
  const stem = join(WORK, `${basename(model, '.gguf')}-${domain}-${share}`);
  return keptRow(`${stem}.row.json`, () => measuredRow(model, domain, share, stem));
}

async function measuredRow(model: string, domain: string, share: number, stem: string): Promise<Row> {
  const demos = { kind: 'files' as const, files: [sampleFiles(domain).demos] };
  const scored = await engine.score({
    model,
    demos,
    placement: PLACEMENT,
    limit: CHOOSING_DEMOS,
    maxTokens: 0,
    nUbatch: 2048,
    fresh: false,
  });
  await engine.writeScores(scored, `${stem}.json`);
  const { kept } = await here.client.call('selections.compute', {
    request: {
      files: [here.grant(`${stem}.json`, 'read')],
      criterion: 'easy-ep',
      keep: { kind: 'ratio', ratio: share },
      mix: 'shares',
      pins: [],
      drops: [],
      grouping: 'ungrouped',
      seed: 1,
      tokens: null,
      superExperts: 'pin',
    },
    remember: true,
  });
  const write = (output: string, repair?: PruneRequest['repair']) =>
    engine.prune({
      model,
      kept,
      grouping: 'ungrouped',
      output,
      repair,
      nextn: 'drop',
      split: 'single',
      allowFewerUsed: false,
      overwrite: true,
      dryRun: false,
    });
  const onAll = async (file: string): Promise<OnText[]> => {
    const measured = [await onText(domain, file, model, CHUNKS)];
    for (const other of DOMAINS.filter((one) => one !== domain)) {
      measured.push(await onText(other, file, model, OUTSIDE_CHUNKS));
    }
    return measured;
  };
  const [cut, fitted] = [`${stem}.gguf`, `${stem}.repaired.gguf`];
  await write(cut);
  const { repair } = await write(fitted, { demos, limit: DEMOS, placement: PLACEMENT });
  return {
    model,
    domain,
    share,
    kept: `${kept[0]!.length} of ${scored.info.nExpert}`,
    plain: await onAll(cut),
    repaired: repair?.facts?.gate.kept ? await onAll(fitted) : null,
  };
}

async function onText(text: string, model: string, against: string, chunks: number): Promise<OnText> {
  const { figures } = await engine.evaluate({
    model,
    text: reportText(text),
    against,
    ctx: CTX,
    chunks,
    placement: PLACEMENT,
  });
  return { text, figures };
}

const ownText = (all: readonly OnText[]): readonly OnText[] => all.slice(0, 1);
const otherTexts = (all: readonly OnText[]): readonly OnText[] => all.slice(1);

/** Geometric mean over texts; all of one place. */
function mean(measured: readonly OnText[]): ReturnType<typeof meanRatio> {
  return meanRatio(measured.map(({ text, figures }) => ({ text, ratio: figures.ratio!, units: figures.units })));
}

/** Geometric means on the domains' own texts; least to most over the domains on other texts. */
function lineOf(rows: readonly Row[]): string[] {
  const written = rows.map(({ plain, repaired }) => repaired ?? plain);
  const range = (files: readonly (readonly OnText[])[]): string => {
    const values = files.map((file) => mean(otherTexts(file)).value);
    return `${Math.min(...values).toPrecision(3)} to ${Math.max(...values).toPrecision(3)}`;
  };
  const plain = rows.map((row) => row.plain);
  return [
    `${basename(rows[0]!.model, '.gguf')}, ${rows[0]!.kept}`,
    withInterval(mean(plain.flatMap(ownText))),
    withInterval(mean(written.flatMap(ownText))),
    `${rows.filter(({ repaired }) => repaired).length} of ${rows.length}`,
    range(plain),
    range(written),
  ];
}

function comparisons(rows: readonly Row[]): Comparison[] {
  return KEEP.flatMap((share) =>
    (
      [
        ['own text', ownText],
        ['other texts', otherTexts],
      ] as const
    ).map(([where, of]) => ({
      name: `${100 * share} % kept, ${where}`,
      observations: rows
        .filter((row) => row.share === share)
        .map(({ model, domain, plain, repaired }) => ({
          model,
          domain,
          ratio: mean(of(repaired ?? plain)).value / mean(of(plain)).value,
        })),
    })),
  );
}

try {
  const rows: Row[] = [];
  for (const model of MODELS) {
    for (const domain of DOMAINS) {
      for (const share of KEEP) {
        process.stderr.write(`repair: ${basename(model)}, ${domain}, ${share}\n`);
        rows.push(await rowFor(model, domain, share));
      }
    }
  }
  const body = `${madeBy(ranAs('bench:repair'))}

Experts are chosen by easy-ep and ${CHOOSING_DEMOS} demos of the domain; all ${DEMOS} demos repair the kept experts' down matrices, a quarter of them judges. Figures are perplexity of the
written files over the full model's on report texts: ${CHUNKS} chunks of ${CTX} tokens of the domain's own or as many as it has, ${OUTSIDE_CHUNKS} chunks of each other domain's. A file whose repair the gate kept out counts as it is written.

## Repaired beside cut alone

${COMPARISON_NOTE} On other texts an observation is the geometric mean over them.

${comparisonTable('over the file that is cut alone', comparisons(rows))}

## By model

Own text: geometric means over the domains, with 95 % intervals of the text. Other texts: the least and the most of the domains, each the geometric mean over five texts.

${table(
  ['kept', 'cut alone', 'repaired', 'kept by the gate', 'other texts: cut alone', 'repaired'],
  MODELS.flatMap((model) =>
    KEEP.map((share) => lineOf(rows.filter((row) => row.model === model && row.share === share))),
  ),
)}`;
  publish({ name: 'repair', title: 'Repair', reports: DOMAINS.map(reportText), body });
} finally {
  await here.close();
  await engine.close();
}
