// `npm run bench:calibration [-- MODEL...]`: what fitted routers make up for, on the bundled sample and other models with a quarter of its experts, in each of its
// domains and outside it. With --write the tables go to docs/measured/calibration.md.
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import type { EvaluationFigures } from '../../electron/contract/api/evaluations.ts';
import type { CalibrationGate } from '../../electron/contract/calibration.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import { Engine } from '../engine.ts';
import { engineHere } from '../../electron/engine/app/session/engine-here.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { meanRatio } from '../../electron/engine/measure/study/summary.ts';
import { COMPARISON_NOTE, comparisonTable, type Comparison } from './comparisons.ts';
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

rmSync(WORK, { recursive: true, force: true });
mkdirSync(WORK, { recursive: true });
const engine = new Engine({ home: join(WORK, 'home') });
const here = engineHere(engine.context);

/** One file on one text. */
type OnText = { readonly text: string; readonly figures: EvaluationFigures };

type Row = {
  readonly model: string;
  readonly domain: string;
  /** "8 of 32" */
  readonly kept: string;
  /** With the full model's routers, over the full model: on the domain's own text first. */
  readonly plain: readonly OnText[];
  /** With fitted ones over the full model, and in pairs over the plain file; null: the gate kept none. */
  readonly calibrated: { readonly full: OnText; readonly plain: readonly OnText[] } | null;
  readonly gate: CalibrationGate;
};

async function calibrated(model: string, domain: string): Promise<Row> {
  const { demos } = sampleFiles(domain);
  const at = (name: string): string => join(WORK, `${basename(model, '.gguf')}-${domain}${name}`);
  const source = { model, demos: { kind: 'files', files: [demos] }, placement: PLACEMENT } as const;
  const scored = await engine.score({
    ...{ ...source, demos: { ...source.demos, files: [demos] }, limit: CHOOSING_DEMOS },
    ...{ maxTokens: 0, nUbatch: 2048, fresh: false },
  });
  await engine.writeScores(scored, at('.json'));
  const { kept } = await here.client.call('selections.compute', {
    request: {
      ...{ files: [here.grant(at('.json'), 'read')], criterion: 'easy-ep', keep: { kind: 'ratio', ratio: 0.25 } },
      ...{ mix: 'shares', pins: [], drops: [], grouping: 'ungrouped', seed: 1, tokens: null, superExperts: 'pin' },
    },
    remember: true,
  });
  const choice = { kept, grouping: 'ungrouped' } as const;
  const { gate, file } = await engine.calibrate({
    ...{ ...source, ...choice, demos: { ...source.demos, files: [demos] }, limit: DEMOS },
    ...{ parts: ['routers'], output: at('.calibration.gguf'), overwrite: false, dryRun: false },
  });
  const write = async (output: string, calibration?: string): Promise<string> => {
    await engine.prune({
      ...{ model, ...choice, output, calibration, nextn: 'drop', split: 'single' },
      ...{ allowFewerUsed: false, overwrite: false, dryRun: false },
    });
    return output;
  };
  const plain = await write(at('.gguf'));
  const fitted = file && (await write(at('.calibrated.gguf'), file.path));
  const others = DOMAINS.filter((other) => other !== domain);
  const onAll = async (file: string, against: string): Promise<OnText[]> => {
    const measured = [await onText(domain, file, against, CHUNKS)];
    for (const other of others) measured.push(await onText(other, file, against, OUTSIDE_CHUNKS));
    return measured;
  };
  return {
    ...{ model, domain, kept: `${kept[0]!.length} of ${scored.info.nExpert}`, gate: gate! },
    plain: await onAll(plain, model),
    calibrated:
      fitted === null ? null : { full: await onText(domain, fitted, model, CHUNKS), plain: await onAll(fitted, plain) },
  };
}

async function onText(text: string, model: string, against: string, chunks: number): Promise<OnText> {
  const { figures } = await engine.evaluate({
    ...{ model, text: reportText(text), against, grouping: 'ungrouped', ctx: CTX, chunks },
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

function sectionOf(rows: readonly Row[]): string {
  const kept = rows.flatMap(({ domain, calibrated: fitted }) => (fitted ? [{ domain, ...fitted }] : []));
  const top = (measured: OnText | undefined): string => (100 * (measured?.figures.top1?.value ?? NaN)).toFixed(1);
  const own = rows.map(({ domain, plain: [plain], calibrated: fitted }) => [
    domain,
    ratioOf([plain!]),
    fitted ? ratioOf([fitted.full]) : 'not kept',
    fitted ? ratioOf(fitted.plain.slice(0, 1)) : '',
    fitted ? `${top(plain)} → ${top(fitted.full)} %` : `${top(plain)} %`,
  ]);
  const others = rows.map(({ domain, plain, calibrated: fitted }) => [
    domain,
    ratioOf(plain.slice(1)),
    fitted ? ratioOf(fitted.plain.slice(1)) : 'not kept',
    (fitted?.plain.slice(1) ?? []).map(({ text, figures }) => `${text} ${withInterval(figures.ratio!)}`).join(', '),
  ]);
  const pairs = kept.flatMap(({ domain, plain }) => plain.slice(1).map((one) => ({ domain, ...one })));
  const shown = ({ value, low, high }: Interval): string =>
    `${value.toFixed(4)} (${low?.toFixed(4) ?? ''}–${high?.toFixed(4) ?? ''})`;
  const gates = rows.map(({ domain, gate }) => `${domain} ${shown(gate.kl.difference)}`);
  return `Each file keeps ${rows[0]?.kept} experts; the 95 % intervals are of the text. On the domain's own text, geometric means: ${ratioOf(rows.map(({ plain }) => plain[0]!))} without, ${ratioOf(rows.map(({ plain, calibrated: fitted }) => fitted?.full ?? plain[0]!))} with calibration.

${table(['domain', 'not calibrated, over the full model', 'calibrated, over the full model', 'calibrated over not, paired', 'top-1 agreement'], own)}

The gate, mean difference in KL divergence (nats) on the demos that judge: ${gates.join('; ')}.

On the texts of the other domains: ${pairs.length === 0 ? 'the gate kept no fit' : `calibrated over not calibrated ${ratioOf(pairs)} over all ${pairs.length} pairs of a calibrated file and a text`}.

${table(['domain', 'not calibrated, over the full model', 'calibrated over not, paired', 'text by text'], others)}`;
}

/** A file that the gate kept out is as it was. */
function comparisons(rows: readonly Row[]): Comparison[] {
  const over = (ofRow: (measured: readonly OnText[]) => readonly OnText[]): Comparison['observations'] =>
    rows.map(({ model, domain, calibrated: fitted }) => ({
      ...{ model, domain },
      ratio: fitted ? meanRatio(ratiosOf(ofRow(fitted.plain))).value : 1,
    }));
  return [
    { name: 'on the domain’s own text', observations: over((measured) => measured.slice(0, 1)) },
    { name: 'on other texts', observations: over((measured) => measured.slice(1)) },
  ];
}

try {
  const rows: Row[] = [];
  for (const model of MODELS) {
    for (const domain of DOMAINS) {
      const row = await calibrated(model, domain);
      rows.push(row);
      process.stderr.write(
        `${basename(model)}, ${domain}: calibrated over not, outside ${row.calibrated ? ratioOf(row.calibrated.plain.slice(1)) : 'not kept'}\n`,
      );
    }
  }
  const body = `${await madeBy(ranAs('bench:calibration'))}

Each file keeps a quarter of the experts, chosen by easy-ep and ${CHOOSING_DEMOS} demos of the domain. \`winnow calibrate --parts routers\` fits its routers with all ${DEMOS} demos; a quarter of the demos judges. Figures are perplexity of the
written files on report texts: ${CHUNKS} chunks of ${CTX} tokens of the domain's own or as many as it has, ${OUTSIDE_CHUNKS} chunks of each other domain's. Several texts are combined by the geometric mean.

## Calibrated beside not calibrated

${COMPARISON_NOTE} On other texts an observation is the geometric mean over them.

${comparisonTable('calibrated over not', comparisons(rows))}

${await sections((model) => sectionOf(rows.filter((row) => row.model === model)))}`;
  publish({ name: 'calibration', title: 'Calibration', reports: DOMAINS.map(reportText), body });
} finally {
  await here.close();
  await engine.close();
}
