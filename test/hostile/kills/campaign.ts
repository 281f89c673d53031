// Kills the app, its engine or its workers at random moments of all kinds of work, again and again, and holds against
// what was there before: nothing that was committed is lost, the database is whole, no half file stands under a final
// name, and the work is taken up to the same result.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from './app.ts';
import { CommandPiece } from './command-piece.ts';
import { lostRows, readLedger } from './ledger.ts';
import { PagePiece } from './page-piece.ts';
import { PieceFolders, type Piece } from './piece.ts';
import { VICTIMS, type Victim } from './victims.ts';
import { INPUTS, prepareWorld, WORKS, type Work, type World } from './work.ts';

/** A piece of work is killed so often before it may come to its end. */
const KILLS_OF_WORK = 4;
/** Of the time that uninterrupted work takes: a kill may come too late for it. */
const LATEST = 1.05;

export type CampaignOptions = {
  readonly kills: number;
  readonly seed: number;
  /** An empty folder. */
  readonly folder: string;
  /** Of `WORKS`; all of them unless told otherwise. */
  readonly only?: readonly string[];
  readonly onKill?: (line: string) => void;
};

export type Campaign = {
  /** How often each was killed in the middle of each kind of work: "score, engine" → 3. */
  readonly kills: ReadonlyMap<string, number>;
  /** What was found wrong; none: all is well. */
  readonly losses: readonly string[];
};

/** What is compared with: the result of work that nothing interrupted, its files, and how long it took. */
type Reference = { readonly outcome: string; readonly files: ReadonlyMap<string, string>; readonly ms: number };

export async function killAtRandom({ kills, seed, folder, only, onKill }: CampaignOptions): Promise<Campaign> {
  const random = generator(seed);
  const base = join(folder, 'base');
  const world = await makeBase(base);
  const names = only ?? Object.keys(WORKS);
  const references = new Map<string, Reference>();
  const tally = new Map<string, number>();
  const losses: string[] = [];
  let done = 0;
  // a short campaign does not come to all of them: another seed begins with others
  const first = Math.floor(random() * names.length);
  for (let piece = 0; done < kills; piece++) {
    const name = names[(first + piece) % names.length] ?? '';
    const work = WORKS[name]!;
    const reference = references.get(name) ?? (await uninterrupted(work, base, world, join(folder, `whole-${name}`)));
    references.set(name, reference);

    const killed = new KilledWork(work, base, world, join(folder, `piece-${piece}`), reference);
    await killed.ready();
    try {
      for (let i = 0; i < KILLS_OF_WORK && done < kills && !(await killed.isDone()); i++) {
        const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'group';
        const delay = random() * LATEST * reference.ms;
        if (!(await killed.kill(victim, delay))) continue;
        done++;
        const what = `${name}, ${victim}`;
        tally.set(what, (tally.get(what) ?? 0) + 1);
        onKill?.(`${done} of ${kills}: ${what} after ${Math.round(delay)} ms`);
      }
      await killed.finish();
    } catch (error) {
      killed.losses.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    await killed.close();
    const found = killed.losses.map((loss) => `${name}, seed ${seed}, piece ${piece}: ${loss}`);
    for (const loss of found) onKill?.(`LOST  ${loss}`);
    losses.push(...found);
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

function startPiece(work: Work, world: World, folders: PieceFolders): Piece {
  return work.by === 'page' ? new PagePiece({ work, world, folders }) : new CommandPiece({ work, world, folders });
}

async function uninterrupted(work: Work, base: string, world: World, root: string): Promise<Reference> {
  const folders = new PieceFolders(root, base);
  const piece = startPiece(work, world, folders);
  await piece.ready();
  const started = performance.now();
  const outcome = await piece.finish();
  const ms = performance.now() - started;
  await piece.close();
  const files = finalFiles(folders.output);
  folders.remove();
  return { outcome, files, ms };
}

/** Hashes of the files under final names. */
function finalFiles(folder: string): Map<string, string> {
  const names = readdirSync(folder).filter((name) => !name.endsWith('.part') && !INPUTS.includes(name));
  return new Map(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}

/** One piece of work, and what was lost of it. */
class KilledWork {
  readonly losses: string[] = [];
  readonly #work: Work;
  readonly #folders: PieceFolders;
  readonly #piece: Piece;
  readonly #reference: Reference;

  constructor(work: Work, base: string, world: World, root: string, reference: Reference) {
    this.#work = work;
    this.#folders = new PieceFolders(root, base);
    this.#piece = startPiece(work, world, this.#folders);
    this.#reference = reference;
  }

  ready(): Promise<void> {
    return this.#piece.ready();
  }

  isDone(): Promise<boolean> {
    return this.#piece.isDone();
  }

  /** @returns false: there was nothing to kill any more */
  async kill(victim: Victim, delayMs: number): Promise<boolean> {
    const going = this.#piece.go().catch(() => undefined); // it is killed
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    const before = readLedger(this.#folders.home);
    const all = this.#piece.processes();
    const pids = this.#piece.victims(victim);
    if (pids.length === 0) {
      await going;
      return false;
    }
    for (const pid of pids) kill(pid);
    this.losses.push(...(await this.#piece.recover(victim, all, going)));
    const removes = this.#work.by === 'page' ? this.#work.removes : undefined;
    const lost = lostRows(before, readLedger(this.#folders.home)).filter((row) => !removes?.test(row));
    this.losses.push(...lost.map((row) => `lost after the ${victim} was killed: ${row}`));
    this.#checkFiles(`after the ${victim} was killed`);
    return true;
  }

  /** Lets it come to its end, and compares. */
  async finish(): Promise<void> {
    const outcome = await this.#piece.finish();
    const { outcome: expected, files } = this.#reference;
    if (outcome !== expected) this.losses.push(`another result:\n${outcome}\ninstead of\n${expected}`);
    this.#checkFiles('at its end');
    const missing = [...files.keys()].filter((name) => !finalFiles(this.#folders.output).has(name));
    this.losses.push(...missing.map((name) => `${name} is missing at its end`));
    this.losses.push(...this.#folders.leftovers().map((name) => `left behind: ${name}`));
  }

  async close(): Promise<void> {
    await this.#piece.close();
    this.#folders.remove();
  }

  /** What stands under a final name is whole. */
  #checkFiles(when: string): void {
    for (const [name, hash] of finalFiles(this.#folders.output)) {
      if (this.#reference.files.get(name) !== hash) this.losses.push(`${name} is not whole ${when}`);
    }
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // it has ended meanwhile
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
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
