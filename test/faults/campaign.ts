// Kills the app, its engine or its workers at random moments of all kinds of work, again and again, and holds against
// what was there before: nothing that was committed is lost, the database is whole, no half file stands under a final
// name, and the work is taken up to the same result.
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { App, VICTIMS, type Victim } from './app.ts';
import { lostRows, readLedger } from './ledger.ts';
import { endOf, EXPORTED, jobOf, prepareWorld, WORKS, type Place, type World } from './work.ts';

/** A piece of work is killed so often before it may come to its end. */
const KILLS_OF_WORK = 4;
/** Of the time that uninterrupted work takes: a kill may come too late for it. */
const LATEST = 1.05;

export type CampaignOptions = {
  readonly kills: number;
  readonly seed: number;
  /** An empty folder. */
  readonly folder: string;
  readonly onKill?: (line: string) => void;
};

export type Campaign = {
  /** How often each was killed in the middle of each kind of work: "score, engine" → 3. */
  readonly kills: ReadonlyMap<string, number>;
  /** What was found wrong; none: all is well. */
  readonly losses: readonly string[];
};

/** What is compared with: the result of work that nothing interrupted, and how long it took. */
type Reference = { readonly outcome: string; readonly ms: number };

export async function killAtRandom({ kills, seed, folder, onKill }: CampaignOptions): Promise<Campaign> {
  const random = generator(seed);
  const base = join(folder, 'base');
  const world = await makeBase(base);
  const references = new Map<string, Reference>();
  const tally = new Map<string, number>();
  const losses: string[] = [];
  let done = 0;
  for (let piece = 0; done < kills; piece++) {
    const names = Object.keys(WORKS);
    const name = names[piece % names.length] ?? '';
    const reference = references.get(name) ?? (await uninterrupted(name, base, world, join(folder, `whole-${name}`)));
    references.set(name, reference);

    const work = new KilledWork(name, base, world, join(folder, `piece-${piece}`));
    await work.ready();
    try {
      for (let i = 0; i < KILLS_OF_WORK && done < kills && !(await work.isDone()); i++) {
        const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'group';
        const delay = random() * LATEST * reference.ms;
        const killed = await work.kill(victim, delay);
        if (!killed) continue;
        done++;
        const what = `${name}, ${victim}`;
        tally.set(what, (tally.get(what) ?? 0) + 1);
        onKill?.(`${done} of ${kills}: ${what} after ${Math.round(delay)} ms`);
        const early = await work.outcomeSoFar();
        if (early !== null && early !== reference.outcome)
          work.losses.push(`a half file after the ${victim} was killed`);
      }
      const outcome = await work.finish();
      if (outcome !== reference.outcome)
        work.losses.push(`another result:\n${outcome}\ninstead of\n${reference.outcome}`);
    } catch (error) {
      work.losses.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    losses.push(...work.losses.map((loss) => `${name}, seed ${seed}, piece ${piece}: ${loss}`));
    await work.close();
  }
  return { kills: tally, losses };
}

async function makeBase(home: string): Promise<World> {
  mkdirSync(home, { recursive: true });
  const app = new App(home);
  const world = await prepareWorld(app, home);
  await app.close();
  return world;
}

async function uninterrupted(name: string, base: string, world: World, folder: string): Promise<Reference> {
  const work = new KilledWork(name, base, world, folder);
  await work.ready();
  const started = performance.now();
  const outcome = await work.finish();
  const ms = performance.now() - started;
  await work.close();
  return { outcome, ms };
}

/** One piece of work in a folder of its own. */
class KilledWork {
  readonly losses: string[] = [];
  readonly #name: string;
  readonly #world: World;
  readonly #home: string;
  readonly #output: string;
  readonly #root: string;
  #app: App;
  /** undefined: not begun yet, or lost with the app before it was stored. */
  #job: number | undefined;
  /** A call has come to its end. */
  #called = false;

  constructor(name: string, base: string, world: World, root: string) {
    this.#name = name;
    this.#world = world;
    this.#root = root;
    this.#home = join(root, 'home');
    this.#output = join(root, 'output');
    mkdirSync(this.#output, { recursive: true });
    cpSync(base, this.#home, { recursive: true });
    this.#app = new App(this.#home);
  }

  /** Waits until the app answers. */
  async ready(): Promise<void> {
    await this.#app.client.call('app.info', {});
  }

  /** Whether nothing is left to do. */
  async isDone(): Promise<boolean> {
    if (this.#called) return true;
    if (this.#job === undefined) return false;
    return (await jobOf(this.#app.client, this.#job)).state === 'done';
  }

  /** @returns false: there was nothing to kill any more */
  async kill(victim: Victim, delayMs: number): Promise<boolean> {
    const going = this.#go().catch(() => undefined); // it is killed
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    const before = readLedger(this.#home);
    const pids = this.#app.processes();
    if (!this.#app.kill(victim)) {
      await going;
      return false;
    }
    await this.#recover(victim, pids);
    // a call to an app that is dead as a whole is never answered
    if (victim === 'worker' || victim === 'engine') await going;
    const after = readLedger(this.#home);
    this.losses.push(...lostRows(before, after).map((row) => `lost after the ${victim} was killed: ${row}`));
    return true;
  }

  /** Of work that writes a file, what stands under its name already. */
  async outcomeSoFar(): Promise<string | null> {
    return existsSync(join(this.#output, EXPORTED)) ? WORKS[this.#name]!.outcome(this.#place()) : null;
  }

  /** Lets it come to its end. */
  async finish(): Promise<string> {
    await this.#go();
    if (this.#job !== undefined) {
      const { state, error } = await endOf(this.#app.client, this.#job);
      if (state !== 'done') throw new Error(`it ended as ${state}: ${error?.message ?? ''}`);
    }
    return WORKS[this.#name]!.outcome(this.#place());
  }

  async close(): Promise<void> {
    await this.#app.close();
    rmSync(this.#root, { recursive: true, force: true });
  }

  async #go(): Promise<void> {
    if (this.#called) return;
    const { client } = this.#app;
    if (this.#job === undefined) {
      const job = await WORKS[this.#name]!.begin(this.#place());
      if (job === null) this.#called = true;
      else this.#job = job;
      return;
    }
    const { state } = await jobOf(client, this.#job);
    if (state === 'interrupted' || state === 'failed') await client.call('jobs.requeue', { jobId: this.#job });
  }

  async #recover(victim: Victim, pids: readonly number[]): Promise<void> {
    if (victim === 'engine') await this.#app.restartEngine();
    if (victim === 'host' || victim === 'group') {
      await App.gone(pids);
      this.#app = new App(this.#home);
    }
    if (victim === 'worker' && this.#job !== undefined) {
      const { state, error } = await endOf(this.#app.client, this.#job);
      if (state !== 'done' && error?.code !== 'BACKEND_CRASHED') {
        this.losses.push(`a killed worker left its job ${state}: ${error?.code} ${error?.message}`);
      }
    }
    // the answer to the call that began it may be lost, and the job be there
    if (this.#job === undefined) {
      const jobs = await this.#app.client.call('jobs.list', { limit: 100 });
      this.#job = jobs.find(({ state }) => state !== 'done')?.id;
    }
  }

  #place(): Place {
    return { app: this.#app, world: this.#world, folder: this.#output };
  }
}

/** Numbers in [0, 1): mulberry32. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
