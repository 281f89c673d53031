// Kills the app, its engine or its workers at random moments of all kinds of work, again and again, and holds against
// what was there before: nothing that was committed is lost, the database is whole, no half file stands under a final
// name, and the work is taken up to the same result.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileHash } from '../../hash.ts';
import type { Random } from '../random.ts';
import { kill } from '../watch.ts';
import { App, VICTIMS, type Victim } from './app.ts';
import { lostRows, readLedger } from './ledger.ts';
import { endOf, INPUTS, jobOf, prepareWorld, WORKS, type Place, type Work, type World } from './work.ts';

/** A piece of work is killed so often before it may come to its end. */
const KILLS_OF_WORK = 4;
/** The share of the time that uninterrupted work takes, at most: a kill may come too late for it. */
const LATEST = 1.05;

/** What is compared with: the result of work that nothing interrupted, hashes of its files, and how long it took. */
type Reference = { readonly outcome: string; readonly files: ReadonlyMap<string, string>; readonly ms: number };

export type Killed = { readonly kills: readonly Victim[]; readonly losses: readonly string[] };

export class Campaign {
  readonly #folder: string;
  readonly #world: World;
  readonly #references = new Map<string, Reference>();

  private constructor(folder: string, world: World) {
    this.#folder = folder;
    this.#world = world;
  }

  /** @param folder for everything that it writes */
  static async open(folder: string): Promise<Campaign> {
    const base = join(folder, 'base');
    mkdirSync(base, { recursive: true });
    const app = new App(base);
    const world = await prepareWorld(app, base);
    await app.close();
    return new Campaign(folder, world);
  }

  /** One piece of the work, killed again and again; its folder stays where something was lost. */
  async kill(name: string, number: number, random: Random): Promise<Killed> {
    const whole = await this.#reference(name);
    const piece = await this.#begin(name, `piece-${number}`);
    const kills: Victim[] = [];
    try {
      for (let i = 0; i < KILLS_OF_WORK && !(await piece.isDone()); i++) {
        const victim = random.pick(VICTIMS);
        if (await piece.kill(victim, random.fraction() * LATEST * whole.ms, whole)) kills.push(victim);
      }
      piece.checkEnd(await piece.finish(), whole);
    } catch (error) {
      piece.losses.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    await piece.close();
    return { kills, losses: piece.losses };
  }

  async #reference(name: string): Promise<Reference> {
    const known = this.#references.get(name);
    if (known) return known;
    const piece = await this.#begin(name, `whole-${name}`);
    const started = performance.now();
    const outcome = await piece.finish();
    const reference = { outcome, ms: performance.now() - started, files: piece.finalFiles() };
    await piece.close();
    this.#references.set(name, reference);
    return reference;
  }

  async #begin(name: string, folder: string): Promise<Piece> {
    const root = join(this.#folder, folder);
    cpSync(join(this.#folder, 'base'), join(root, 'home'), { recursive: true });
    const piece = new Piece(WORKS[name]!, this.#world, root);
    await piece.ready();
    return piece;
  }
}

/** One piece of work, and what was lost of it. */
class Piece {
  readonly losses: string[] = [];
  readonly #work: Work;
  readonly #root: string;
  readonly #home: string;
  #place: Place;
  /** undefined: not begun yet, or lost with the app before it was stored. */
  #job: number | undefined;
  /** A call has come to its end. */
  #called = false;

  /** @param root a folder with the database that it begins with */
  constructor(work: Work, world: World, root: string) {
    this.#work = work;
    this.#root = root;
    this.#home = join(root, 'home');
    this.#place = { world, folder: join(root, 'output'), app: new App(this.#home) };
    mkdirSync(this.#place.folder);
  }

  get #app(): App {
    return this.#place.app;
  }

  ready(): Promise<unknown> {
    return this.#app.client.call('app.info', {});
  }

  async isDone(): Promise<boolean> {
    if (this.#called) return true;
    return this.#job !== undefined && (await jobOf(this.#app.client, this.#job)).state === 'done';
  }

  /** @returns false: there was nothing to kill any more */
  async kill(victim: Victim, delayMs: number, whole: Reference): Promise<boolean> {
    const going = this.#go().catch(() => undefined); // it is killed
    await pause(delayMs);
    const before = readLedger(this.#home);
    const all = this.#app.processes();
    const pids = this.#app.victims(victim);
    if (pids.length === 0) {
      await going;
      return false;
    }
    for (const pid of pids) kill(pid);
    await this.#recover(victim, all, going);
    const lost = lostRows(before, readLedger(this.#home)).filter((row) => !this.#work.removes?.test(row));
    this.losses.push(...lost.map((row) => `lost after the ${victim} was killed: ${row}`));
    this.checkFiles(`after the ${victim} was killed`, whole);
    return true;
  }

  /** Lets it come to its end. @returns what came of it */
  async finish(): Promise<string> {
    await this.#go();
    if (this.#job !== undefined) {
      const { state, error } = await endOf(this.#app.client, this.#job);
      if (state !== 'done') throw new Error(`it ended as ${state}: ${error?.message ?? ''}`);
    }
    return this.#work.outcome(this.#place);
  }

  /** What stands under a final name is whole. */
  checkFiles(when: string, whole: Reference): void {
    for (const [name, hash] of this.finalFiles())
      if (whole.files.get(name) !== hash) this.losses.push(`${name} is not whole ${when}`);
  }

  /** Hashes of the files under final names. */
  finalFiles(): Map<string, string> {
    const names = readdirSync(this.#place.folder).filter((name) => !name.startsWith('.') && !INPUTS.includes(name));
    return new Map(names.map((name) => [name, fileHash(join(this.#place.folder, name))]));
  }

  /** Its result is that of work that nothing interrupted, and nothing is left in the database's folder or beside it. */
  checkEnd(outcome: string, whole: Reference): void {
    if (outcome !== whole.outcome) this.losses.push(`another result:\n${outcome}\ninstead of\n${whole.outcome}`);
    this.checkFiles('at its end', whole);
    const missing = [...whole.files.keys()].filter((file) => !this.finalFiles().has(file));
    this.losses.push(...missing.map((file) => `${file} is missing at its end`));
    const kept = ['tmp', 'repairs', 'answers', 'unfinished'].map((name) => join(this.#home, name)).filter(existsSync);
    const beside = readdirSync(this.#place.folder).filter((name) => name.startsWith('.'));
    const left = [...kept.flatMap((folder) => readdirSync(folder)), ...beside];
    this.losses.push(...left.map((file) => `left behind: ${file}`));
  }

  async close(): Promise<void> {
    await this.#app.close();
    if (this.losses.length === 0) rmSync(this.#root, { recursive: true, force: true });
  }

  /** Begins, or goes on with what is there. Settles when it runs, or has ended; may never after a kill. */
  async #go(): Promise<void> {
    if (this.#called) return;
    const { client } = this.#app;
    if (this.#job === undefined) {
      const job = await this.#work.begin(this.#place);
      this.#called = job === null;
      this.#job = job ?? undefined;
    } else if (/^(interrupted|failed)$/.test((await jobOf(client, this.#job)).state))
      await client.call('jobs.requeue', { jobId: this.#job });
  }

  /** After a kill, until it can go on. @param pids of all its processes before that */
  async #recover(victim: Victim, pids: readonly number[], going: Promise<void>): Promise<void> {
    if (victim === 'engine') await this.#app.restartEngine();
    if (victim === 'host' || victim === 'group') {
      await App.gone(pids);
      this.#place = { ...this.#place, app: new App(this.#home) };
    }
    // a call to an app that is dead as a whole is never answered
    if (victim === 'worker' || victim === 'engine') await going;
    // the answer to the call that began it may be lost, and the job be there
    if (this.#job === undefined) {
      const jobs = await this.#app.client.call('jobs.list', { limit: 100 });
      this.#job = jobs.find(({ state }) => state !== 'done')?.id;
    }
    if (victim === 'worker' && this.#job !== undefined) {
      const { state, error } = await endOf(this.#app.client, this.#job);
      if (state !== 'done' && error?.code !== 'BACKEND_CRASHED')
        this.losses.push(`a killed worker left its job ${state}: ${error?.code} ${error?.message}`);
    }
  }
}
