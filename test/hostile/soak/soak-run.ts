// Short jobs of every kind through a real engine process, again and again, and what they leave of memory, handles and
// bytes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { App } from '../kills/app.ts';
import { judgeGrowth, type Sample, type Verdict } from './growth.ts';
import { endlessModel } from '../attack/endless-template.ts';
import { readFigures, type FIGURES } from './process-figures.ts';
import { SOAK_STEPS } from './soak-work.ts';
import { prepareWorld } from '../kills/work.ts';

type Figure = (typeof FIGURES)[number];

/**
 * How much each may grow in a hundred jobs. Memory: what a heap wanders in an hour is below it, what a job's scores or
 * log would leave is above. Handles, threads, workers: not one in a hundred. The database: page boundaries. What is
 * stored for good, such as the list of jobs, is taken off.
 */
const BOUNDS: Readonly<Record<Figure, number>> = {
  engineBytes: 1 << 20,
  hostBytes: 1 << 20,
  workerBytes: 1 << 20,
  handles: 0.5,
  threads: 0.5,
  workers: 0.5,
  unstoredBytes: 64 << 10,
  // jobs and exports stay listed: some hundred bytes each, and the log of each
  databaseBytes: 512 << 10,
  logBytes: 128 << 10,
};

/** V8 lets garbage lie while there is memory, up to gigabytes: with a small heap it shows what is really held. */
const NODE_OPTIONS = '--max-old-space-size=96 --max-semi-space-size=4';

export type Soak = {
  readonly jobs: number;
  readonly rounds: number;
  readonly samples: readonly Sample<Figure>[];
  readonly verdicts: readonly Verdict<Figure>[];
};

export type SoakOptions = {
  readonly ms: number;
  /** An empty folder. */
  readonly folder: string;
  readonly onRound?: (line: string) => void;
};

/** @throws when a job ends otherwise than it should */
export async function soak({ ms, folder, onRound }: SoakOptions): Promise<Soak> {
  const home = join(folder, 'home');
  const output = join(folder, 'output');
  mkdirSync(output, { recursive: true });
  await endlessModel(folder);
  const app = new App(home, NODE_OPTIONS);
  try {
    const world = await prepareWorld(app, folder);
    const samples: Sample<Figure>[] = [];
    const end = performance.now() + ms;
    let [jobs, round] = [0, 0];
    do {
      for (const step of Object.values(SOAK_STEPS)) {
        await step({ app, world, home, folder: output, round });
        jobs++;
      }
      round++;
      const [host = 0, engine = 0, ...workers] = app.processes();
      const figures = readFigures({ host, engine, workers }, home);
      samples.push({ jobs, ...figures });
      onRound?.(
        `${jobs} jobs: ${Object.entries(figures)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}`,
      );
    } while (performance.now() < end);
    return { jobs, rounds: round, samples, verdicts: judgeGrowth(samples, BOUNDS) };
  } finally {
    await app.close();
  }
}
