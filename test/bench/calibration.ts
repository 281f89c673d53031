// `npm run bench:calibration`: what fitted routers make up for, on the bundled sample with a quarter of its experts, in each of its
// domains and outside it. With --write the tables go to docs/measured/calibration.md.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withInterval } from '../../electron/cli/study-tables.ts';
import type { EvaluationFigures } from '../../electron/contract/api/evaluations.ts';
import type { CalibrationGate } from '../../electron/contract/calibration.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import { Engine } from '../engine.ts';
import { engineHere } from '../../electron/engine/app/session/engine-here.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/base/files/sample-files.ts';
import { meanRatio } from '../../electron/engine/measure/study/summary.ts';
import { madeBy, publish, table } from './measured-documents.ts';

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
  readonly domain: string;
  /** With the full model's routers, over the full model: on the domain's own text first. */
  readonly plain: readonly OnText[];
  /** With fitted ones over the full model, and in pairs over the plain file; null: the gate kept none. */
  readonly calibrated: { readonly full: OnText; readonly plain: readonly OnText[] } | null;
  readonly gate: CalibrationGate;
};

async function calibrated(domain: string): Promise<Row> {
  const { demos } = sampleFiles(domain);
  const at = (name: string): string => join(WORK, `${domain}${name}`);
  const source = { model: SAMPLE_MODEL, demos: { kind: 'files', files: [demos] }, placement: PLACEMENT } as const;
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
      ...{ model: SAMPLE_MODEL, ...choice, output, calibration, nextn: 'drop', split: 'single' },
      ...{ allowFewerUsed: false, overwrite: false, dryRun: false },
    });
    return output;
  };
  const plain = await write(at('.gguf'));
  const fitted = file && (await write(at('.calibrated.gguf'), file.path));
  const others = sampleDomains().filter((other) => other !== domain);
  const onAll = async (model: string, against: string): Promise<OnText[]> => {
    const measured = [await onText(domain, model, against, CHUNKS)];
    for (const other of others) measured.push(await onText(other, model, against, OUTSIDE_CHUNKS));
    return measured;
  };
  return {
    ...{ domain, gate: gate!, plain: await onAll(plain, SAMPLE_MODEL) },
    calibrated:
      fitted === null
        ? null
        : { full: await onText(domain, fitted, SAMPLE_MODEL, CHUNKS), plain: await onAll(fitted, plain) },
  };
}

async function onText(text: string, model: string, against: string, chunks: number): Promise<OnText> {
  const { figures } = await engine.evaluate({
    ...{ model, text: sampleFiles(text).text, against, grouping: 'ungrouped', ctx: CTX, chunks },
    placement: PLACEMENT,
  });
  return { text, figures };
}

/** Geometric mean over texts; all of one place. */
function ratioOf(measured: readonly OnText[]): string {
  const rows = measured.map(({ text, figures }) => ({ text, ratio: figures.ratio!, units: figures.units }));
  return withInterval(meanRatio(rows));
}

function bodyOf(rows: readonly Row[], made: string): string {
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
  const worse = pairs.flatMap(({ domain, text, figures: { ratio } }) =>
    (ratio?.low ?? 0) > 1 ? [`${domain} on ${text} ${withInterval(ratio!)}`] : [],
  );
  const shown = ({ value, low, high }: Interval): string =>
    `${value.toFixed(4)} (${low?.toFixed(4) ?? ''}–${high?.toFixed(4) ?? ''})`;
  const gates = rows.map(({ domain, gate }) => `${domain} ${shown(gate.kl.difference)}`);
  return `${made}

Each file keeps 8 of 32 experts, chosen by easy-ep and ${CHOOSING_DEMOS} demos of the domain. \`winnow calibrate --parts routers\` fits its routers with all ${DEMOS} demos; a quarter of the demos judges. Figures are perplexity of the
written files on held-out text with 95 % intervals: ${CHUNKS} chunks of ${CTX} tokens of the domain's own text or as many as it has, ${OUTSIDE_CHUNKS} chunks of each other domain's. Several texts are combined by the geometric mean.

On the domain's own text, geometric means: ${ratioOf(rows.map(({ plain }) => plain[0]!))} without, ${ratioOf(rows.map(({ plain, calibrated: fitted }) => fitted?.full ?? plain[0]!))} with calibration.

${table(['domain', 'not calibrated, over the full model', 'calibrated, over the full model', 'calibrated over not, paired', 'top-1 agreement'], own)}

The gate, mean difference in KL divergence (nats) on the demos that judge: ${gates.join('; ')}.

On the texts of the five other domains: calibrated over not calibrated ${ratioOf(pairs)} over all ${pairs.length} pairs of a calibrated file and a text. ${
    worse.length === 0
      ? 'None is worse by calibration beyond its interval'
      : `Worse by calibration beyond the interval: ${worse.join('; ')}`
  }.

${table(['domain', 'not calibrated, over the full model', 'calibrated over not, paired', 'text by text'], others)}`;
}

try {
  const rows: Row[] = [];
  for (const domain of sampleDomains()) {
    const row = await calibrated(domain);
    rows.push(row);
    process.stderr.write(
      `${domain}: calibrated over not, outside ${row.calibrated ? ratioOf(row.calibrated.plain.slice(1)) : 'not kept'}\n`,
    );
  }
  const body = bodyOf(rows, await madeBy('npm run bench:calibration'));
  publish({ name: 'calibration', title: 'Calibration', body });
} finally {
  await here.close();
  await engine.close();
}
