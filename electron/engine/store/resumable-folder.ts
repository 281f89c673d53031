// Folders of work that can be resumed: whoever next asks for the same work continues an interrupted one where it stopped.
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { claimWork } from './owner.ts';
import type { EngineContext } from './engine-context.ts';

/** Each kind's parent folder, which also begins the names of its claims, and the refusal if another process does the same work. */
const KINDS = {
  repair: { parent: 'repairs', elsewhere: (pid: number): Sentence => say('repairElsewhere', { pid }) },
  answers: { parent: 'answers', elsewhere: (pid: number): Sentence => say('answersElsewhere', { pid }) },
  download: { parent: 'downloads', elsewhere: (pid: number): Sentence => say('downloadElsewhere', { pid }) },
} as const;
type Kind = keyof typeof KINDS;

/** How long folders stay if nobody resumes their work. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** Retries, because Windows does not remove a file that a worker, which is about to end, has open. */
const REMOVE = { recursive: true, force: true, maxRetries: 10 } as const;

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
