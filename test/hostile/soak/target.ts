// Short jobs of every kind through a real engine process, again and again, and what they leave of memory, handles and
// bytes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { App } from '../kills/app.ts';
import type { OpenTarget, Target, Verdict } from '../target.ts';
import { judgeGrowth, type Sample } from './growth.ts';
import { endlessModel } from '../attack/endless-template.ts';
import { readFigures, type FIGURES } from './process-figures.ts';
import { SOAK_STEPS } from './work.ts';
import { prepareWorld, type World } from '../kills/work.ts';

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

type Round = { readonly jobs: number; readonly samples: readonly Sample<Figure>[] };

/** Each input is a round: one job of every kind. */
export class SoakTarget implements OpenTarget {
  readonly #app: App;
  readonly #world: World;
  readonly #home: string;
  readonly #output: string;
  readonly #samples: Sample<Figure>[] = [];
  #jobs = 0;

  constructor(app: App, world: World, home: string, output: string) {
    this.#app = app;
    this.#world = world;
    this.#home = home;
    this.#output = output;
  }

  static async open(folder: string): Promise<SoakTarget> {
    const [home, output] = [join(folder, 'home'), join(folder, 'output')];
    mkdirSync(output, { recursive: true });
    await endlessModel(folder);
    const app = new App(home, NODE_OPTIONS);
    return new SoakTarget(app, await prepareWorld(app, folder), home, output);
  }

  get rounds(): Round {
    return { jobs: this.#jobs, samples: this.#samples };
  }

  async tryInput(_random: unknown, round: number): Promise<Verdict> {
    const place = { app: this.#app, world: this.#world, home: this.#home, folder: this.#output, round };
    for (const [name, step] of Object.entries(SOAK_STEPS)) {
      try {
        await step(place);
      } catch (error) {
        const finding = `${name}: ${error instanceof Error ? error.message : String(error)}`;
        return { kind: 'soak', end: 'failed', finding, note: `FAILED  round ${round}, ${finding}` };
      }
      this.#jobs++;
    }
    const [host = 0, engine = 0, ...workers] = this.#app.processes();
    const figures = readFigures({ host, engine, workers }, this.#home);
    this.#samples.push({ jobs: this.#jobs, ...figures });
    const told = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
    return { kind: 'soak', end: 'done', finding: null, note: `${this.#jobs} jobs: ${told.join(', ')}` };
  }

  async close(): Promise<readonly Verdict[]> {
    await this.#app.close();
    return judgeGrowth(this.#samples, BOUNDS).map(({ figure, first, last, slope, bound, grows }) => {
      const told = `${figure}: ${first} … ${last}, ${slope.toFixed(2)} in 100 jobs (bound ${bound})`;
      const end = grows ? 'GROWS' : 'steady';
      return { kind: figure, end, finding: grows ? told : null, note: `${end}  ${told}` };
    });
  }
}

export const soakTarget: Target = { open: (folder) => SoakTarget.open(folder) };
