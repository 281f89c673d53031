// One piece of work in a folder of its own, to be killed again and again: by calls of a page, or as a command.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Victim } from './app.ts';
import type { World } from './work.ts';

export type Piece = {
  /** Waits until it can begin. */
  readonly ready: () => Promise<void>;
  /** Begins, or goes on with what is there. Settles when it runs, or has ended; may never after a kill. */
  readonly go: () => Promise<void>;
  /** Whether nothing is left to do. */
  readonly isDone: () => Promise<boolean>;
  /** @returns the processes that there are to kill */
  readonly victims: (victim: Victim) => number[];
  /** All processes. */
  readonly processes: () => number[];
  /**
   * After a kill, until it can go on.
   * @param pids of all its processes before that
   * @returns what is wrong
   */
  readonly recover: (victim: Victim, pids: readonly number[], going: Promise<void>) => Promise<string[]>;
  /** Lets it come to its end. @returns what came of it */
  readonly finish: () => Promise<string>;
  readonly close: () => Promise<void>;
};

/** Folders of a piece of work: the database that it begins with is a copy. */
export class PieceFolders {
  readonly home: string;
  /** For what it writes and imports. */
  readonly output: string;
  readonly #root: string;

  constructor(root: string, base: string) {
    this.#root = root;
    this.home = join(root, 'home');
    this.output = join(root, 'output');
    mkdirSync(this.output, { recursive: true });
    cpSync(base, this.home, { recursive: true });
  }

  /** What work that has ended left behind in the database's folder and beside its results. */
  leftovers(): string[] {
    const scratch = readdirSync(this.home).includes('tmp') ? readdirSync(join(this.home, 'tmp')) : [];
    const kept = ['repairs', 'answers', 'unfinished'].flatMap((name) => {
      const folder = join(this.home, name);
      return existsSync(folder) ? readdirSync(folder) : [];
    });
    const beside = readdirSync(this.output).filter((name) => name.startsWith('.'));
    return [...scratch, ...kept, ...beside];
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

export type PieceOptions<Work> = { readonly work: Work; readonly world: World; readonly folders: PieceFolders };
