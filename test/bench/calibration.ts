// `npm run bench:calibration [-- MODEL...]`: what fitted routers and repaired down matrices make up for, with a half and a quarter of the experts of each model, in each
// domain and outside it. With --write the tables go to docs/measured/calibration.md. What an earlier run has measured is not measured again: remove
// native/build/bench/calibration to begin anew.
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import type { EvaluationFigures } from '../../electron/contract/api/evaluations.ts';
import type { CalibrationGate } from '../../electron/contract/calibration.ts';
import { FITTED_PARTS } from '../../electron/contract/fitted-parts.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import { Engine } from '../engine.ts';
import { engineHere } from '../../electron/engine/app/session/engine-here.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { meanRatio } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, type Comparison } from './comparisons.ts';
import { keptRow } from './kept-rows.ts';
import { madeBy, publish, table } from './measured-documents.ts';
import { DOMAINS, MODELS, ranAs, sections } from './measured-models.ts';
import { reportText } from './report-texts.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/calibration/', import.meta.url));
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
type Part = (typeof FITTED_PARTS)[number];
const NAMES: Readonly<Record<Part, string>> = { routers: 'fitted routers', down: 'repaired down matrices' };

/** One file on one text. */
type OnText = { readonly text: string; readonly figures: EvaluationFigures };

type Fit = {
  readonly gate: CalibrationGate;
  /** Over the full model: on the domain's own text first; null: the gate kept it out. */
  readonly measured: readonly OnText[] | null;
};

type Row = {
  readonly model: string;
  readonly domain: string;
  readonly share: number;
  /** "8 of 32" */
  readonly kept: string;
  /** The file without, over the full model: on the domain's own text first. */
  readonly plain: readonly OnText[];
  readonly fits: Readonly<Record<Part, Fit>>;
};

function rowFor(model: string, domain: string, share: number): Promise<Row> {
  return keptRow(`${stemOf(model, domain, share)}.row.json`, () => measuredRow(model, domain, share));
}

function stemOf(model: string, domain: string, share: number): string {
  return join(WORK, `${basename(model, '.gguf')}-${domain}-${share}`);
}

async function measuredRow(model: string, domain: string, share: number): Promise<Row> {
  const { demos } = sampleFiles(domain);
  const at = (name: string): string => `${stemOf(model, domain, share)}${name}`;
  const source = { model, demos: { kind: 'files', files: [demos] }, placement: PLACEMENT } as const;
  const scored = await engine.score({
    ...source,
    demos: { ...source.demos, files: [demos] },
    limit: CHOOSING_DEMOS,
    maxTokens: 0,
    nUbatch: 2048,
    fresh: false,
  });
  await engine.writeScores(scored, at('.json'));
  const { kept } = await here.client.call('selections.compute', {
    request: {
      files: [here.grant(at('.json'), 'read')],
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
  const choice = { kept, grouping: 'ungrouped' } as const;
  const write = async (output: string, calibration?: string): Promise<string> => {
    await engine.prune({
      model,
      ...choice,
      output,
      calibration,
      nextn: 'drop',
      split: 'single',
      allowFewerUsed: false,
      overwrite: true,
      dryRun: false,
    });
    return output;
  };
  const onAll = async (file: string): Promise<OnText[]> => {
    const measured = [await onText(domain, file, model, CHUNKS)];
    for (const other of DOMAINS.filter((one) => one !== domain)) {
      measured.push(await onText(other, file, model, OUTSIDE_CHUNKS));
    }
    return measured;
  };
  const plain = await write(at('.gguf'));
  const fit = async (part: Part): Promise<Fit> => {
    const { gate, file } = await engine.calibrate({
      ...source,
      ...choice,
      demos: { ...source.demos, files: [demos] },
      limit: DEMOS,
      parts: [part],
      output: at(`.${part}.calibration.gguf`),
      overwrite: true,
      dryRun: false,
    });
    if (file === null) return { gate: gate!, measured: null };
    return { gate: gate!, measured: await onAll(await write(at(`.${part}.gguf`), file.path)) };
  };
  return {
    model,
    domain,
    share,
    kept: `${kept[0]!.length} of ${scored.info.nExpert}`,
    plain: await onAll(plain),
    fits: { routers: await fit('routers'), down: await fit('down') },
  };
}

async function onText(text: string, model: string, against: string, chunks: number): Promise<OnText> {
  const { figures } = await engine.evaluate({
    model,
    text: reportText(text),
    against,
    grouping: 'ungrouped',
    ctx: CTX,
    chunks,
    placement: PLACEMENT,
  });
  return { text, figures };
}

/** Geometric mean over texts; all of one place. */
function ratioOf(measured: readonly OnText[]): string {
  return withInterval(meanRatio(ratiosOf(measured)));
}

function ratiosOf(measured: readonly OnText[]): Parameters<typeof meanRatio>[0] {
  return measured.map(({ text, figures }) => ({ text, ratio: figures.ratio!, units: figures.units }));
}

function shareSection(rows: readonly Row[]): string {
  const cellsOn = ({ plain, fits }: Row, of: (measured: readonly OnText[]) => readonly OnText[]): string[] => [
    ratioOf(of(plain)),
    ...FITTED_PARTS.map((part) => {
      const { measured } = fits[part];
      return measured ? ratioOf(of(measured)) : 'not kept';
    }),
  ];
  const head = [
    `${rows[0]?.kept} kept`,
    ...['cut alone', ...FITTED_PARTS.map((part) => NAMES[part])],
    ...['other texts: cut alone', ...FITTED_PARTS.map((part) => NAMES[part])],
  ];
  const shown = ({ value, low, high }: Interval): string =>
    `${value.toFixed(4)} (${low?.toFixed(4) ?? ''}–${high?.toFixed(4) ?? ''})`;
  const gates = FITTED_PARTS.map(
    (part) =>
      `${NAMES[part]}: ${rows.map(({ domain, fits }) => `${domain} ${shown(fits[part].gate.kl.difference)}`).join(', ')}`,
  );
  const means = [
    `cut alone ${ratioOf(rows.map(({ plain }) => plain[0]!))}`,
    ...FITTED_PARTS.map(
      (part) => `${NAMES[part]} ${ratioOf(rows.map(({ plain, fits }) => (fits[part].measured ?? plain)[0]!))}`,
    ),
  ];
  const cells = (row: Row): string[] => [
    row.domain,
    ...cellsOn(row, (all) => all.slice(0, 1)),
    ...cellsOn(row, (all) => all.slice(1)),
  ];
  return `${table(head, rows.map(cells))}

Geometric means on the domains' own texts, a fit that the gate kept out counted as it is written, cut alone: ${means.join('; ')}.

The gate, mean difference in KL divergence (nats) on the demos that judge. ${gates.join('. ')}.`;
}

/** A file whose fit the gate kept out is as it was. */
function comparisons(rows: readonly Row[]): Comparison[] {
  const over = (part: Part, share: number, of: (measured: readonly OnText[]) => readonly OnText[]) =>
    rows
      .filter((row) => row.share === share)
      .map(({ model, domain, plain, fits }) => {
        const ratio = (measured: readonly OnText[]): number => meanRatio(ratiosOf(of(measured))).value;
        return { model, domain, ratio: ratio(fits[part].measured ?? plain) / ratio(plain) };
      });
  return KEEP.flatMap((share) =>
    FITTED_PARTS.flatMap((part) => [
      {
        name: `${NAMES[part]}, ${100 * share} % kept, own text`,
        observations: over(part, share, (all) => all.slice(0, 1)),
      },
      {
        name: `${NAMES[part]}, ${100 * share} % kept, other texts`,
        observations: over(part, share, (all) => all.slice(1)),
      },
    ]),
  );
}

try {
  const rows: Row[] = [];
  for (const model of MODELS) {
    for (const domain of DOMAINS) {
      for (const share of KEEP) {
        const row = await rowFor(model, domain, share);
        rows.push(row);
        const own = [row.plain, row.fits.routers.measured, row.fits.down.measured];
        const said = own.map((measured) => (measured ? ratioOf(measured.slice(0, 1)) : 'not kept')).join('; ');
        process.stderr.write(`${basename(model)}, ${domain}, ${row.kept}: ${said}\n`);
      }
    }
  }
  const body = `${await madeBy(ranAs('bench:calibration'))}

Experts are chosen by easy-ep and ${CHOOSING_DEMOS} demos of the domain. \`winnow calibrate --parts routers\` fits the routers, \`--parts down\` repairs the kept experts' down matrices, each by itself and with all ${DEMOS} demos; a quarter of the demos judges. Figures are perplexity of the
written files over the full model's on report texts: ${CHUNKS} chunks of ${CTX} tokens of the domain's own or as many as it has, ${OUTSIDE_CHUNKS} chunks of each other domain's. Several texts are combined by the geometric mean.

## Fitted beside cut alone

${COMPARISON_NOTE} On other texts an observation is the geometric mean over them.

${comparisonTable('over the file that is cut alone', comparisons(rows))}

${await sections(
  (model) =>
    `The 95 % intervals are of the text.\n\n${KEEP.map((share) => shareSection(rows.filter((row) => row.model === model && row.share === share))).join('\n\n')}`,
)}`;
  publish({ name: 'calibration', title: 'Calibration and repair', reports: DOMAINS.map(reportText), body });
} finally {
  await here.close();
  await engine.close();
}
