// Files and folders that are being written: under random names beside their places until they are whole. The package
// write-file-atomic takes names that can be foretold, follows links there, does not stream, and leaves what a kill interrupts.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { UUID } from '../../../contract/upload-names.ts';
import { errorCode } from './errno.ts';
import { takeName } from './windows.ts';

/** A name beside `place` that nobody else has, and no longer than any system allows. */
export function unfinishedPath(place: string): string {
  return join(dirname(resolve(place)), `.winnow-${randomUUID()}.part`);
}

const UNFINISHED = new RegExp(String.raw`^\.winnow-${UUID}\.part$`);

/** Opens an unfinished file for writing; a link that has taken its name is not followed. */
export function openUnfinished(path: string): Promise<FileHandle> {
  // Windows has no such flag
  const noFollow = (constants as { readonly O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0;
  return open(path, constants.O_RDWR | noFollow);
}

/** A file or folder that is not yet in its place. Disposing of it removes it, unless it has taken its place. */
export class Unfinished implements AsyncDisposable {
  readonly path: string;
  readonly #place: string;
  readonly #isFolder: boolean;
  readonly #record: string | null;

  private constructor(place: string, path: string, isFolder: boolean, record: string | null) {
    this.path = path;
    this.#place = place;
    this.#isFolder = isFolder;
    this.#record = record;
  }

  /**
   * Creates an empty file.
   * @param path from `unfinishedPath`, if the caller has a record of it; otherwise one is kept until the file has its place
   * @throws as `open`
   */
  static async file(place: string, path?: string): Promise<Unfinished> {
    const own = path ?? unfinishedPath(place);
    const made = new Unfinished(place, own, false, path === undefined ? await keepRecord(own) : null);
    return made.#create(async () => (await open(own, 'wx')).close());
  }

  /** Creates an empty folder, and the folders around it. @throws as `mkdir` */
  static async folder(place: string): Promise<Unfinished> {
    const path = unfinishedPath(place);
    const made = new Unfinished(place, path, true, await keepRecord(path));
    return made.#create(async () => {
      await mkdir(dirname(path), { recursive: true });
      await mkdir(path);
    });
  }

  async #create(create: () => Promise<void>): Promise<this> {
    try {
      await create();
      return this;
    } catch (error) {
      await this.forget();
      throw error;
    }
  }

  /** Moves it to its place: over a file, or in the place of an empty folder. @throws as `rename` */
  async takePlace(): Promise<void> {
    if (this.#isFolder) {
      await rmdir(this.#place).catch(() => {}); // Windows replaces no folder
      await rename(this.path, this.#place);
    } else {
      await takeName(this.path, this.#place);
    }
    await this.forget();
  }

  /** Drops the record: another one names the file from now on. */
  async forget(): Promise<void> {
    if (this.#record !== null) await rm(this.#record, { force: true });
  }

  /** Removes it, and its record. */
  async [Symbol.asyncDispose](): Promise<void> {
    // its folder may be gone, or no longer be a folder
    await rm(this.path, { recursive: true, force: true, maxRetries: 10 }).catch(() => {});
    await this.forget();
  }
}

const ownerSchema = z.object({ pid: z.int(), start: z.string() });
const recordSchema = z.object({ path: z.string(), owner: ownerSchema });

type Records = {
  /** Holds a file for each that is being written. Its parent must exist. */
  readonly folder: string;
  readonly owner: () => z.infer<typeof ownerSchema>;
  readonly isAlive: (owner: z.infer<typeof ownerSchema>) => boolean;
};

let records: Records | null = null;

/** Begins the names of this process's records: a later process may have the same number. */
const OWN = randomUUID();

/** Sets where this process keeps records of what it is writing, by which others clear up after it if it is killed. */
export function keepRecordsIn(place: Records): void {
  records = place;
}

/** Records a path. @returns the record; null: none can be kept, and writing matters more */
async function keepRecord(path: string): Promise<string | null> {
  if (records === null) return null;
  const record = join(records.folder, `${OWN}-${randomUUID()}.json`);
  try {
    await mkdir(records.folder).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error;
    });
    await removeKilled(records);
    await writeFile(record, JSON.stringify({ path, owner: records.owner() }), { flag: 'wx' });
    return record;
  } catch {
    await rm(record, { force: true }).catch(() => {});
    return null;
  }
}

async function removeKilled({ folder, isAlive }: Records): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(OWN)) continue;
    const record = join(folder, name);
    // another process may be writing or removing it
    const entry = recordSchema.safeParse(await readFile(record, 'utf8').then(JSON.parse, () => null)).data;
    if (entry === undefined || isAlive(entry.owner) || !UNFINISHED.test(basename(entry.path))) continue;
    await rm(entry.path, { recursive: true, force: true }).catch(() => {}); // another user's folder by now
    await rm(record, { force: true });
  }
}
