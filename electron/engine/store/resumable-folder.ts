// Folders of work that is taken up where it stopped: an interrupted one is gone on with by the next that asks for the same.
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import { say, type Sentence } from '../../contract/sentences.ts';
import { claimWork } from './owner.ts';
import type { EngineContext } from './engine-context.ts';

/** Where they lie, what the names of their claims begin with, and what another process at the same work is called. */
const KINDS = {
  repair: { parent: 'repairs', elsewhere: (pid: number): Sentence => say('repairElsewhere', { pid }) },
  download: { parent: 'downloads', elsewhere: (pid: number): Sentence => say('downloadElsewhere', { pid }) },
} as const;
type Kind = keyof typeof KINDS;

/** How long they stay where nothing has taken them up. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** Windows removes no file that a worker, which is about to end, has open. */
const REMOVE = { recursive: true, force: true, maxRetries: 10 } as const;

/** This process's own until it is disposed of: two in one folder would read what the other is writing. */
type ResumableFolder = Disposable & {
  readonly path: string;
  /** What it was needed for is done. */
  readonly remove: () => Promise<void>;
};

/**
 * Opens the folder where the same work left off, or an empty one. Old ones of others go.
 * @param name equal for the same work
 * @throws WinnowError USAGE: another process is at it
 */
export async function openResumableFolder(
  name: string,
  { home, store }: Pick<EngineContext, 'home' | 'store'>,
  kind: Kind = 'repair',
): Promise<ResumableFolder> {
  const { parent, elsewhere } = KINDS[kind];
  const claim = claimWork(store, `${kind} ${name}`);
  if ('pid' in claim) throw new WinnowError('USAGE', elsewhere(claim.pid), { pid: claim.pid });
  try {
    const all = join(home, parent);
    const path = join(all, name);
    await mkdir(path, { recursive: true });
    for (const other of await readdir(all)) {
      if (other !== name && (await isOld(join(all, other)))) await removeIdle(other, kind, { home, store });
    }
    return { path, remove: () => rm(path, REMOVE), [Symbol.dispose]: () => claim[Symbol.dispose]() };
  } catch (error) {
    claim[Symbol.dispose]();
    throw error;
  }
}

/**
 * Removes the folders of work that nobody will go on with, but for what is being worked in.
 * @returns whether there were any
 */
export async function dropResumableFolders(
  kind: Kind,
  context: Pick<EngineContext, 'home' | 'store'>,
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

async function removeIdle(
  name: string,
  kind: Kind,
  { home, store }: Pick<EngineContext, 'home' | 'store'>,
): Promise<void> {
  const claim = claimWork(store, `${kind} ${name}`);
  if ('pid' in claim) return; // it is being worked in
  using _ = claim;
  await rm(join(home, KINDS[kind].parent, name), REMOVE);
}
