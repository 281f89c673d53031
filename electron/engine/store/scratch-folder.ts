// Folders for files that are needed only during one piece of work: scratch folders go with it; a resumable one stays when the work is
// interrupted, and whoever next asks for the same continues there.
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../base/files/errno.ts';
import { processExists, claimWork } from './owner.ts';
import { WinnowError } from '../../contract/errors.ts';
import { msg, type Sentence } from '../../contract/sentences.ts';
import type { EngineContext } from './engine-context.ts';

const PURPOSES = ['eval', 'quantise', 'fit', 'imatrix', 'width', 'preview', 'hub'] as const;
type Purpose = (typeof PURPOSES)[number];

/** Retries, because Windows does not remove a file that a scanner, or a worker that is about to end, has open. */
const REMOVE = { recursive: true, force: true, maxRetries: 10 } as const;

/** A folder that is removed when it is disposed of. */
type ScratchFolder = AsyncDisposable & { readonly path: string };

/**
 * Makes a folder, and removes those of the same purpose whose processes were killed. It is removed at the latest when the process ends.
 * @param parent is created if it does not exist
 * @param purpose the beginning of the folder's name
 */
export async function makeScratchFolder(parent: string, purpose: Purpose): Promise<ScratchFolder> {
  await mkdir(parent, { recursive: true });
  await removeLeftovers(parent, [purpose]);
  const path = await mkdtemp(join(parent, `${purpose}-${process.pid}-`));
  const removeAtOnce = (): void => rmSync(path, REMOVE);
  process.once('exit', removeAtOnce);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      process.off('exit', removeAtOnce);
      await rm(path, REMOVE);
    },
  };
}

/** Removes what killed processes left in the folder, which need not exist: their measurements may be gigabytes. */
export async function removeLeftovers(parent: string, purposes: readonly Purpose[] = PURPOSES): Promise<void> {
  const scratch = new RegExp(`^(?:${purposes.join('|')})-(\\d+)-`);
  const names = await readdir(parent).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) {
    const pid = Number(scratch.exec(name)?.[1] ?? NaN);
    if (Number.isInteger(pid) && pid !== process.pid && !processExists(pid)) {
      await rm(join(parent, name), REMOVE);
    }
  }
}

/** Each kind's parent folder, which also begins the names of its claims, and the refusal if another process does the same work. */
const KINDS = {
  repair: { parent: 'repairs', elsewhere: (pid: number): Sentence => msg('repairElsewhere', { pid }) },
  answers: { parent: 'answers', elsewhere: (pid: number): Sentence => msg('answersElsewhere', { pid }) },
  download: { parent: 'downloads', elsewhere: (pid: number): Sentence => msg('downloadElsewhere', { pid }) },
} as const;
type Kind = keyof typeof KINDS;

/** How long folders stay if nobody resumes their work. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** A folder that belongs to this process until it is disposed of: two processes in one folder would read each other's unfinished files. */
type ResumableFolder = Disposable & {
  readonly path: string;
  /** Removes the folder, once the work that needed it is done. */
  readonly remove: () => Promise<void>;
};

/**
 * Opens the folder where the same work left off, or an empty one. Removes old folders of other work.
 * @param name equal for the same work
 * @throws WinnowError USAGE: another process is doing this work
 */
export async function openResumableFolder(
  name: string,
  context: EngineContext,
  kind: Kind = 'repair',
): Promise<ResumableFolder> {
  const { parent, elsewhere } = KINDS[kind];
  const claim = claimWork(context.store, `${kind} ${name}`);
  if ('pid' in claim) throw new WinnowError('USAGE', elsewhere(claim.pid), { pid: claim.pid });
  try {
    const all = join(context.home, parent);
    const path = join(all, name);
    await mkdir(path, { recursive: true });
    for (const other of await readdir(all)) {
      if (other !== name && (await isOld(join(all, other)))) await removeIdle(other, kind, context);
    }
    return { path, remove: () => rm(path, REMOVE), [Symbol.dispose]: () => claim[Symbol.dispose]() };
  } catch (error) {
    claim[Symbol.dispose]();
    throw error;
  }
}

/**
 * Removes the folders of work that nobody will resume, except those in use.
 * @returns whether there were any
 */
export async function dropResumableFolders(
  kind: Kind,
  context: EngineContext,
  isDropped: (name: string) => boolean,
): Promise<boolean> {
  const dropped = (await readdir(join(context.home, KINDS[kind].parent))).filter(isDropped);
  for (const name of dropped) await removeIdle(name, kind, context);
  return dropped.length > 0;
}

async function isOld(path: string): Promise<boolean> {
  const { mtimeMs } = (await stat(path).catch(() => null)) ?? { mtimeMs: Infinity };
  return Date.now() - mtimeMs > KEPT_MS;
}

async function removeIdle(name: string, kind: Kind, { home, store }: EngineContext): Promise<void> {
  const claim = claimWork(store, `${kind} ${name}`);
  if ('pid' in claim) return; // it is in use
  using _ = claim;
  await rm(join(home, KINDS[kind].parent, name), REMOVE);
}
