// What it costs to know a model by every byte, on a model of 2 GB: the first scoring, which reads it whole, beside the same
// with the model known already, in turns; and what is left of it at the second use.
// `npm run bench:identity`; WINNOW_BENCH_RUNS=5 for more turns.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { forkWorker } from '../../electron/engine/base/backend/worker-host.ts';
import { EngineContext } from '../../electron/engine/store/engine-context.ts';
import { sampleFiles } from '../../electron/engine/base/files/sample-files.ts';
import { identify } from '../../electron/engine/models/identity.ts';
import { filesOf, openModel } from '../../electron/engine/models/inspect.ts';
import { median } from '../../electron/engine/base/statistics/averages.ts';
import { makeBenchModel } from './make-model.ts';
import { measure } from './measure.ts';

const RUNS = Number(process.env['WINNOW_BENCH_RUNS'] ?? 3);
const DEMOS = process.env['WINNOW_BENCH_DEMOS'] ?? '25';
const WINNOW = join(import.meta.dirname, '../../electron/cli/winnow.ts');
const MODEL = await makeBenchModel(
  join(process.env['WINNOW_BENCH_DIR'] ?? join(tmpdir(), 'winnow-bench'), 'model.gguf'),
);

const score = ['score', MODEL, '--demos', sampleFiles('python').demos, '--limit', DEMOS, '--gpu', 'off', '--fresh'];
const first: number[] = [];
const known: number[] = [];
const reading: number[] = [];
const again: number[] = [];
/** @param prepare of a data folder that nothing was done in yet */
async function inHome(prepare: (context: EngineContext) => Promise<void>): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), 'winnow-identity-'));
  const context = new EngineContext({ home, host: forkWorker });
  try {
    await prepare(context);
    return (await measure(process.execPath, [WINNOW, ...score], { WINNOW_HOME: home })).seconds;
  } finally {
    context.close();
    rmSync(home, { recursive: true });
  }
}

using backend = new Backend();
const { info, headers, tensors } = await openModel(MODEL, backend);
const model = { files: filesOf(info, headers), headers, tensors };
const identifyIn = async ({ known: files }: EngineContext, times: number[]): Promise<void> => {
  const started = performance.now();
  await identify(model, { known: files });
  times.push(performance.now() - started);
};
for (let i = 0; i < RUNS; i++) {
  first.push(await inHome(() => Promise.resolve()));
  known.push(
    await inHome(async (context) => {
      context.store.requireThere();
      await identifyIn(context, reading);
      await identifyIn(context, again);
    }),
  );
}

const line = (what: string, figure: string, goal: string, note: string): void =>
  console.log(`${what.padEnd(52)} ${figure.padStart(9)}  ${goal.padEnd(13)} ${note}`);
const ratio = median(first.map((seconds, i) => seconds / known[i]!));
const seconds = (list: readonly number[]): string => list.map((one) => one.toFixed(1)).join(', ');
line(
  'first scoring / the same of a known model',
  ratio.toFixed(3),
  'at most 1.05',
  `${seconds(first)} s; ${seconds(known)} s`,
);
line('second use of a known file', `${median(again).toFixed(1)} ms`, 'under 50 ms', '');
line(
  'reading every byte, nothing else at work',
  `${(median(reading) / 1000).toFixed(2)} s`,
  '',
  `${(statSync(MODEL).size / median(reading) / 1e6).toFixed(2)} GB/s`,
);
