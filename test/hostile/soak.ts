// Short jobs of several kinds through a real engine process, again and again: each makes something, looks at how it ended, and
// takes away what it made. What they leave of memory, handles and bytes is measured after each round. Linux: /proc tells.
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JobState } from '../../electron/contract/api/jobs.ts';
import { EXPORT_OPTIONS } from '../integration/support.ts';
import { statusNumber } from '../linux-processes.ts';
import { App } from './kills/app.ts';
import { endOf, prepareWorld, type Place } from './kills/work.ts';

/** V8 lets garbage lie while there is memory, up to gigabytes: with a small heap it shows what is really held. */
const NODE_OPTIONS = '--max-old-space-size=96 --max-semi-space-size=4';

/**
 * How much each may grow in a hundred jobs. Memory: what a heap wanders in an hour is below it, what a job's scores or
 * log would leave is above. Handles, threads, workers: not one in a hundred. The database: jobs and exports stay listed.
 */
const BOUNDS = {
  engineBytes: 1 << 20,
  hostBytes: 1 << 20,
  handles: 0.5,
  threads: 0.5,
  workers: 0.5,
  databaseBytes: 512 << 10,
  logBytes: 128 << 10,
};
type Figures = Readonly<Record<keyof typeof BOUNDS, number>>;

/** Waits for a job's end. @throws when it is another than expected */
async function ended({ app }: Place, job: { readonly jobId: number }, expected: JobState = 'done') {
  const end = await endOf(app.client, job.jobId);
  if (end.state !== expected) throw new Error(`${end.kind} is ${end.state}: ${end.error?.message ?? ''}`);
  return end;
}

const STEPS: readonly ((place: Place, round: number) => Promise<void>)[] = [
  async (place) => {
    const { client } = place.app;
    const { modelId, domainId } = place.world;
    const job = await ended(place, await client.call('runs.start', { modelId, domainId, limit: 2, fresh: true }));
    const runIds = [job.runId ?? 0];
    await client.call('runs.scores', { runIds, criterion: 'easy-ep', mix: 'shares', seed: 0 });
    await client.call('runs.delete', { runIds });
  },
  async (place, round) => {
    const { client } = place.app;
    const { modelId, domainId } = place.world;
    const job = await client.call('runs.start', { modelId, domainId, limit: null, fresh: true });
    await new Promise((resolve) => setTimeout(resolve, 100 * (round % 10)));
    await client.call('jobs.cancel', job);
    const { runId } = await ended(place, job, 'cancelled');
    if (runId !== null) await client.call('runs.delete', { runIds: [runId] });
  },
  async (place) => {
    const { client } = place.app;
    const { modelId, selectionId, textIds } = place.world;
    const variants = [{ kind: 'preview' as const, selectionId, criterion: null, keep: null, mix: null }];
    const request = { against: modelId, variants, textIds: textIds.slice(0, 1), ctx: 64, chunks: 2 };
    const { evaluationIds } = await ended(place, await client.call('evaluations.start', request));
    await client.call('evaluations.delete', { evaluationIds });
  },
  async (place) => {
    const { client } = place.app;
    const path = join(place.folder, 'soaked.gguf');
    const choice = { kind: 'selection' as const, selectionId: place.world.selectionId };
    const request = { choice, target: place.app.grant(path, 'write'), options: EXPORT_OPTIONS };
    await ended(place, await client.call('exports.start', request));
    rmSync(path);
    // it leaves the list
    await client.call('library.scan', {});
  },
  async (place, round) => {
    const { client } = place.app;
    const file = join(place.folder, `questions-${round}.jsonl`);
    writeFileSync(file, [1, 2].map((i) => JSON.stringify({ prompt: `What is ${i} plus ${i}?` })).join('\n'));
    const { id: domainId } = await client.call('domains.create', { name: `questions ${round}` });
    await client.call('demos.import', { domainId, grants: [place.app.grant(file, 'read')] });
    rmSync(file);
    const model = { kind: 'library' as const, modelId: place.world.modelId };
    const demos = { kind: 'domain' as const, domainId };
    await ended(place, await client.call('demos.respond', { model, demos, maxTokens: 4 }));
    await client.call('undo', await client.call('domains.delete', { domainId }));
    await client.call('domains.delete', { domainId });
  },
  async ({ app }) => {
    app.reloadPage();
    await app.client.call('library.list', {});
  },
];

export class Soak {
  readonly #place: Place;
  readonly #home: string;
  readonly rounds: Figures[] = [];

  private constructor(place: Place, home: string) {
    this.#place = place;
    this.#home = home;
  }

  static async open(root: string): Promise<Soak> {
    const [home, folder] = [join(root, 'home'), join(root, 'output')];
    mkdirSync(folder, { recursive: true });
    const app = new App(home, NODE_OPTIONS);
    return new Soak({ app, world: await prepareWorld(app, root), folder }, home);
  }

  /** @throws where a job ends otherwise than it should */
  async round(): Promise<Figures> {
    for (const step of STEPS) await step(this.#place, this.rounds.length);
    const [host = 0, engine = 0, ...workers] = this.#place.app.processes();
    const bytesIn = (folder: string, names: RegExp): number =>
      readdirSync(folder)
        .filter((name) => names.test(name))
        .reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
    const both = (of: (pid: number) => number): number => of(engine) + of(host);
    const figures = {
      engineBytes: statusNumber(engine, 'VmRSS') * 1024,
      hostBytes: statusNumber(host, 'VmRSS') * 1024,
      handles: both((pid) => readdirSync(`/proc/${pid}/fd`).length),
      threads: both((pid) => statusNumber(pid, 'Threads')),
      workers: workers.length,
      databaseBytes: bytesIn(this.#home, /^winnow\.db/),
      logBytes: bytesIn(join(this.#home, 'logs'), /./),
    };
    this.rounds.push(figures);
    return figures;
  }

  close(): Promise<void> {
    return this.#place.app.close();
  }
}

/** @returns what grows beyond its bound, after warm-up: between the third quarter of the rounds and the last */
export function growthOf(rounds: readonly Figures[]): string[] {
  const quarter = Math.floor(rounds.length / 4);
  if (quarter === 0) return [];
  const middle = (of: readonly Figures[], figure: keyof Figures): number =>
    of.map((round) => round[figure]).sort((a, b) => a - b)[Math.floor(of.length / 2)]!;
  return (Object.keys(BOUNDS) as (keyof Figures)[]).flatMap((figure) => {
    const [before, after] = [rounds.slice(-2 * quarter, -quarter), rounds.slice(-quarter)];
    const slope = ((middle(after, figure) - middle(before, figure)) / (quarter * STEPS.length)) * 100;
    return slope > BOUNDS[figure] ? [`${figure} grows by ${slope.toFixed(2)} in a hundred jobs`] : [];
  });
}
