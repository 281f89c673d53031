// `npm run bench:scale`: scoring with less memory than the model takes, where its parts may lie, and over several machines;
// what was estimated of each run against what it took; and published models on paper. With --write the sections go to
// docs/SCALE.md. Names of parts run those alone: limited, placement, rpc, paper.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sampleDomains, sampleFiles } from '../../../electron/engine/base/files/sample-files.ts';
import { prepareReferencePrograms } from '../../setup/reference-programs.ts';
import { dateAndMachine, writeSection } from '../benchmarks-document.ts';
import { BENCH_SHAPE, makeBenchModel } from '../make-model.ts';
import { measuredCoefficients } from './coefficients.ts';
import { estimateSection } from './estimate-section.ts';
import { benchLimitedMemory } from './limited-memory.ts';
import { onPaper } from './on-paper.ts';
import { benchPlacement } from './placement.ts';
import { rpcSection } from './rpc.ts';
import type { MeasuredRun, ScaleBench, ScaleSection } from './section.ts';

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

const PARTS: Readonly<Record<string, (bench: ScaleBench) => Promise<ScaleSection>>> = {
  limited: benchLimitedMemory,
  placement: benchPlacement,
  rpc: async ({ models, threads }) => ({
    heading: 'Several machines',
    body: await rpcSection({ model: models.three, threads, onProgress: progress }),
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

function show({ heading, body }: Pick<ScaleSection, 'heading' | 'body'>): void {
  process.stdout.write(`## ${heading}\n\n${body}\n\n`);
  if (process.argv.includes('--write')) writeSection(heading, body, 'SCALE.md');
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
const made = `Made by \`npm run bench:scale -- --write\` on ${await dateAndMachine()}, ${bench.threads} threads.`;

const runs: MeasuredRun[] = [];
for (const [name, part] of Object.entries(PARTS)) {
  if (!isWanted(name)) continue;
  const section = await part(bench);
  runs.push(...section.runs);
  show({ ...section, body: `${made}\n\n${section.body}` });
}
if (runs.length > 0) {
  show({ heading: 'Coefficients measured here', body: `${made}\n\n${await measuredCoefficients(bench)}` });
  show({ heading: 'Estimated and measured', body: `${made}\n\n${estimateSection(runs)}` });
}
if (isWanted('paper')) show({ heading: 'Published models on paper', body: await onPaper() });
