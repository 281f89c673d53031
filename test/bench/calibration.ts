// `npm run bench:calibration`: what fitted routers make up for, on the bundled sample with a quarter of its experts, in each of its
// domains. With --write the section goes to docs/BENCHMARKS.md.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EvaluationFigures } from '../../electron/contract/api/evaluations.ts';
import type { CalibrationGate } from '../../electron/contract/calibration.ts';
import type { Interval } from '../../electron/contract/interval.ts';
import { Engine } from '../../electron/engine/engine.ts';
import { sampleDomains, sampleFiles, SAMPLE_MODEL } from '../../electron/engine/files/sample-files.ts';
import { dateAndMachine, table, writeSection } from './benchmarks-document.ts';

const WORK = fileURLToPath(new URL('../../native/build/bench/calibration/', import.meta.url));
const PLACEMENT = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: 1 } as const;
const CHOOSING_DEMOS = 25;
const DEMOS = 40;
const MAX_TOKENS = 300;
const CTX = 512;
const CHUNKS = 12;

rmSync(WORK, { recursive: true, force: true });
mkdirSync(WORK, { recursive: true });
const engine = new Engine({ home: join(WORK, 'home') });

type Row = {
  readonly domain: string;
  readonly plain: EvaluationFigures;
  readonly calibrated: EvaluationFigures | null;
  readonly gate: CalibrationGate;
};

async function calibrated(domain: string): Promise<Row> {
  const { demos, text } = sampleFiles(domain);
  const at = (name: string): string => join(WORK, `${domain}${name}`);
  const source = { model: SAMPLE_MODEL, demos: { kind: 'files', files: [demos] }, placement: PLACEMENT } as const;
  const scored = await engine.score({
    ...{ ...source, demos: { ...source.demos, files: [demos] }, limit: CHOOSING_DEMOS },
    ...{ maxTokens: 0, nUbatch: 2048, fresh: false },
  });
  await engine.writeScores(scored, at('.json'), false);
  const { kept } = await engine.select({
    ...{ scores: [at('.json')], criterion: 'easy-ep', keep: '0.25', ctx: 4096, mix: 'shares', pins: [], drops: [] },
    ...{ grouping: 'ungrouped', seed: 1 },
  });
  const choice = { kept: kept.map((experts) => [...experts]), grouping: 'ungrouped' } as const;
  const { gate, file } = await engine.calibrate({
    ...{ ...source, ...choice, demos: { ...source.demos, files: [demos] }, limit: DEMOS, maxTokens: MAX_TOKENS },
    ...{ output: at('.calibration.gguf'), overwrite: false, dryRun: false },
  });
  const measure = async (output: string, calibration?: string): Promise<EvaluationFigures> => {
    await engine.prune({
      ...{ model: SAMPLE_MODEL, ...choice, output, calibration, nextn: 'drop', split: 'single' },
      ...{ allowFewerUsed: false, overwrite: false, dryRun: false },
    });
    const { figures } = await engine.evaluate({
      ...{ model: output, text, against: SAMPLE_MODEL, grouping: 'ungrouped', ctx: CTX, chunks: CHUNKS },
      placement: PLACEMENT,
    });
    return figures;
  };
  const plain = await measure(at('.gguf'));
  return { domain, plain, calibrated: file && (await measure(at('.calibrated.gguf'), file.path)), gate: gate! };
}

function shown({ value, low, high }: Interval, digits = 3): string {
  const text = value.toFixed(digits);
  return low === null || high === null ? text : `${text} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

function section(rows: readonly Row[], where: string): string {
  const ratio = (figures: EvaluationFigures | null): string => (figures?.ratio ? shown(figures.ratio) : 'not kept');
  const mean = (of: (row: Row) => EvaluationFigures): string =>
    Math.exp(rows.reduce((sum, row) => sum + Math.log(of(row).ratio!.value), 0) / rows.length).toFixed(3);
  const cells = rows.map((row) => [
    row.domain,
    ratio(row.plain),
    ratio(row.calibrated),
    `${(100 * row.plain.top1!.value).toFixed(1)} → ${row.calibrated ? (100 * row.calibrated.top1!.value).toFixed(1) : '–'} %`,
    shown(row.gate.kl.difference, 4),
  ]);
  return `Made by \`npm run bench:calibration\` on ${where}. 8 of 32 experts kept by easy-ep and ${CHOOSING_DEMOS} demos of the domain; routers fitted with all ${DEMOS} demos, ${MAX_TOKENS} tokens of each at
most, a quarter of which judges (\`winnow calibrate\`). Perplexity of the written files over the full model's on the domain's held-out text, ${CHUNKS} chunks of ${CTX} tokens, with 95 % intervals; the gate's figure is
the mean difference in KL divergence (nats) on the demos that judge. Geometric mean: ${mean(({ plain }) => plain)} without, ${mean((row) => row.calibrated ?? row.plain)} with calibration.

${table(['domain', 'not calibrated', 'calibrated', 'top-1 agreement', 'gate: KL difference'], cells)}`;
}

try {
  const rows: Row[] = [];
  for (const domain of sampleDomains()) {
    const row = await calibrated(domain);
    rows.push(row);
    process.stderr.write(
      `${domain}: ${row.plain.ratio?.value.toFixed(3)} -> ${row.calibrated?.ratio?.value.toFixed(3) ?? 'not kept'}\n`,
    );
  }
  const body = section(rows, await dateAndMachine());
  process.stdout.write(`${body}\n`);
  if (process.argv.includes('--write')) writeSection('Calibration', body);
} finally {
  await engine.close();
}
