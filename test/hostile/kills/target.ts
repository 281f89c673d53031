// Kills the app, its engine or its workers at random moments of all kinds of work, again and again, and holds against
// what was there before: nothing that was committed is lost, the database is whole, no half file stands under a final
// name, and the work is taken up to the same result.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileHash } from '../../hash.ts';
import type { Tried } from '../child-messages.ts';
import type { Input } from '../inputs.ts';
import { Random } from '../random.ts';
import type { OpenTarget, Target, Verdict } from '../target.ts';
import { kill } from '../watch.ts';
import { App, VICTIMS, type Victim } from './app.ts';
import { CommandPiece } from './command-piece.ts';
import { lostRows, readLedger } from './ledger.ts';
import { PagePiece } from './page-piece.ts';
import { PieceFolders, type Piece } from './piece.ts';
import { INPUTS, prepareWorld, WORKS, type Work, type World } from './work.ts';

/** A piece of work is killed so often before it may come to its end. */
const KILLS_OF_WORK = 4;
/** The share of the time that uninterrupted work takes, at most: a kill may come too late for it. */
const LATEST = 1.05;

const NAMES = Object.keys(WORKS);
/** In turn. */
const nameOfWork = (index: number): string => NAMES[index % NAMES.length]!;

/**
 * Pieces of work, until so many kills have hit one in its middle. A short run does not come to all kinds: another seed
 * begins with others.
 * @param only kinds of work; all of them without any
 */
export function piecesToKill(
  kills: number,
  seed: number,
  only: readonly string[] = [],
): { readonly inputs: Iterable<Input>; readonly onTried: (tried: Tried) => void; readonly kills: () => number } {
  const unknown = only.filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) throw new Error(`there is no work ${unknown.join(', ')}: ${NAMES.join(', ')}`);
  let done = 0;
  function* inputs(): Generator<Input, void> {
    for (let index = new Random(seed, 'kills').below(NAMES.length); done < kills; index++) {
      if (only.length === 0 || only.includes(nameOfWork(index))) yield { target: 'kills', index };
    }
  }
  return { inputs: inputs(), onTried: ({ end }) => (done += killsIn(end)), kills: () => done };
}

const UNKILLED = 'not killed';
const endOfKills = (victims: readonly Victim[]): string =>
  victims.length === 0 ? UNKILLED : [...victims].sort().join(', ');
/** How often a piece was killed that ended so. */
const killsIn = (end: string): number => (end === UNKILLED ? 0 : end.split(', ').length);

/** What is compared with: the result of work that nothing interrupted, its files, and how long it took. */
type Reference = { readonly outcome: string; readonly files: ReadonlyMap<string, string>; readonly ms: number };

/** With what may stand under the final names before the end. */
type Expected = Reference & { readonly meanwhile: Reference | null };

class KillsTarget implements OpenTarget {
  readonly #folder: string;
  readonly #base: string;
  readonly #world: World;
  readonly #references = new Map<string, Reference>();

  constructor(folder: string, base: string, world: World) {
    this.#folder = folder;
    this.#base = base;
    this.#world = world;
  }

  static async open(folder: string): Promise<KillsTarget> {
    const base = join(folder, 'base');
    mkdirSync(base);
    const app = new App(base);
    const world = await prepareWorld(app, base);
    await app.close();
    return new KillsTarget(folder, base, world);
  }

  async tryInput(random: Random, index: number): Promise<Verdict> {
    const name = nameOfWork(index);
    const work = WORKS[name]!;
    const reference = await this.#reference(name);
    const meanwhile = work.by === 'page' && work.meanwhile !== undefined ? await this.#reference(work.meanwhile) : null;

    const folders = new PieceFolders(join(this.#folder, `piece-${index}`), this.#base);
    const killed = new KilledWork(work, this.#start(work, folders), folders, { ...reference, meanwhile });
    const victims: Victim[] = [];
    const told: string[] = [];
    await killed.ready();
    try {
      for (let i = 0; i < KILLS_OF_WORK && !(await killed.isDone()); i++) {
        const victim = random.pick(VICTIMS);
        const delay = random.fraction() * LATEST * reference.ms;
        if (!(await killed.kill(victim, delay))) continue;
        victims.push(victim);
        told.push(`${victim} after ${Math.round(delay)} ms`);
      }
      await killed.finish();
    } catch (error) {
      killed.losses.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    await killed.close();
    const { losses } = killed;
    if (losses.length === 0) folders.remove();
    return {
      kind: `kills, ${name}`,
      end: endOfKills(victims),
      finding: losses.length === 0 ? null : losses.join('\n'),
      note: [`kills:${index} ${name}: ${told.join(', ')}`, ...losses.map((loss) => `LOST  ${loss}`)].join('\n'),
    };
  }

  close(): Promise<readonly Verdict[]> {
    return Promise.resolve([]);
  }

  #start(work: Work, folders: PieceFolders): Piece {
    const world = this.#world;
    return work.by === 'page' ? new PagePiece({ work, world, folders }) : new CommandPiece({ work, world, folders });
  }

  async #reference(name: string): Promise<Reference> {
    const known = this.#references.get(name) ?? (await this.#uninterrupted(name, WORKS[name]!));
    this.#references.set(name, known);
    return known;
  }

  async #uninterrupted(name: string, work: Work): Promise<Reference> {
    const folders = new PieceFolders(join(this.#folder, `whole-${name}`), this.#base);
    const piece = this.#start(work, folders);
    await piece.ready();
    const started = performance.now();
    const outcome = await piece.finish();
    const ms = performance.now() - started;
    await piece.close();
    const files = finalFiles(folders.output);
    folders.remove();
    return { outcome, files, ms };
  }
}

export const killsTarget: Target = { open: (folder) => KillsTarget.open(folder) };

/** Hashes of the files under final names. */
function finalFiles(folder: string): Map<string, string> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.') && !INPUTS.includes(name));
  return new Map(names.map((name) => [name, fileHash(join(folder, name))]));
}

/** One piece of work, and what was lost of it. */
class KilledWork {
  readonly losses: string[] = [];
  readonly #work: Work;
  readonly #piece: Piece;
  readonly #folders: PieceFolders;
  readonly #reference: Expected;

  constructor(work: Work, piece: Piece, folders: PieceFolders, reference: Expected) {
    this.#work = work;
    this.#piece = piece;
    this.#folders = folders;
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
    await pause(delayMs);
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
    this.#checkFiles(`after the ${victim} was killed`, this.#reference.meanwhile);
    return true;
  }

  /** Lets it come to its end, and compares. */
  async finish(): Promise<void> {
    const outcome = await this.#piece.finish();
    const { outcome: expected, files } = this.#reference;
    if (outcome !== expected) this.losses.push(`another result:\n${outcome}\ninstead of\n${expected}`);
    this.#checkFiles('at its end', null);
    const missing = [...files.keys()].filter((name) => !finalFiles(this.#folders.output).has(name));
    this.losses.push(...missing.map((name) => `${name} is missing at its end`));
    this.losses.push(...this.#folders.leftovers().map((name) => `left behind: ${name}`));
  }

  close(): Promise<void> {
    return this.#piece.close();
  }

  /** What stands under a final name is whole. */
  #checkFiles(when: string, meanwhile: Reference | null): void {
    for (const [name, hash] of finalFiles(this.#folders.output)) {
      const isWhole = [this.#reference, meanwhile].some((reference) => reference?.files.get(name) === hash);
      if (!isWhole) this.losses.push(`${name} is not whole ${when}`);
    }
  }
}
