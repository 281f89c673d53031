// `npm run bench:scale`: scoring with less memory than the model takes, where its parts may lie, and over several machines;
// and what was estimated of each run against what it took. With --write the tables go to docs/measured/scale-*.md. Names of
// parts run those alone: limited, placement, rpc.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleDomains, sampleFiles } from '../../../electron/engine/base/files/sample-files.ts';
import { prepareReferencePrograms } from '../../setup/reference-programs.ts';
import { madeBy, publish, type MeasuredDocument } from '../measured-documents.ts';
import { BENCH_SHAPE, makeBenchModel } from '../make-model.ts';
import { measuredRates } from './rates.ts';
import { estimateBody } from './estimates.ts';
import { benchLimitedMemory } from './limited-memory.ts';
import { benchPlacement } from './placement.ts';
import { rpcBody } from './rpc.ts';
import type { MeasuredRun, ScaleBench, ScalePart } from './part.ts';

const WORK = fileURLToPath(new URL('../../../native/build/bench/', import.meta.url));
const HOME = join(WORK, 'scale-home');
const DEMO_FILE = join(WORK, 'scale-demos.jsonl');
const DEMOS = 16;
const DEMO_TOKENS = 512;
/** More than that many tokens, in any of the bundled texts. */
const DEMO_CHARACTERS = 6000;

/** As many bytes and as many FLOPs a token as the one of three layers. */
const TWELVE_LAYERS = { ...BENCH_SHAPE, layers: 12, expertWidth: BENCH_SHAPE.expertWidth / 4, heads: 8, headsKv: 1 };

const progress = (line: string): void => void process.stderr.write(`${line}\n`);

const PARTS: Readonly<Record<string, (bench: ScaleBench) => Promise<ScalePart>>> = {
  limited: benchLimitedMemory,
  placement: benchPlacement,
  rpc: async ({ models, threads }) => ({
    name: 'scale-machines',
    title: 'Several machines',
    body: await rpcBody({ model: models.three, threads, onProgress: progress }),
    runs: [],
  }),
};

function writeDemos(): void {
  const text = sampleDomains()
    .map((domain) => readFileSync(sampleFiles(domain).text, 'utf8'))
    .join('\n');
  const demos = Array.from({ length: DEMOS }, (_, demo) => {
    const first = Math.floor((demo * (text.length - DEMO_CHARACTERS)) / DEMOS);
    return JSON.stringify({ text: text.slice(first, first + DEMO_CHARACTERS) });
  });
  writeFileSync(DEMO_FILE, `${demos.join('\n')}\n`);
}

mkdirSync(WORK, { recursive: true });
await prepareReferencePrograms();
rmSync(HOME, { recursive: true, force: true }); // estimates begin without earlier runs
writeDemos();
const bench: ScaleBench = {
  models: {
    three: await makeBenchModel(join(WORK, 'bench-128x8-Q8_0.gguf')),
    twelve: await makeBenchModel(join(WORK, 'bench-12x128x8-Q8_0.gguf'), TWELVE_LAYERS),
  },
  demoFile: DEMO_FILE,
  demos: DEMOS,
  demoTokens: DEMO_TOKENS,
  home: HOME,
  threads: 2,
};
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith('--'));
const isWanted = (part: string): boolean => wanted.length === 0 || wanted.includes(part);
const made = madeBy('npm run bench:scale -- --write');
const publishMeasured = (document: Omit<MeasuredDocument, 'reports'>): void =>
  publish({ ...document, reports: 'no quality', body: `${made}\n\n${document.body}` });

const runs: MeasuredRun[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (!isWanted(name)) continue;
  const measured = await part(bench);
  runs.push(...measured.runs);
  publishMeasured(measured);
}
if (runs.length > 0) {
  publishMeasured({ name: 'scale-rates', title: 'Rates of this machine', body: await measuredRates(bench) });
  publishMeasured({ name: 'scale-estimates', title: 'Estimated and measured', body: estimateBody(runs) });
}
