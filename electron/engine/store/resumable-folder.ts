// Folders of work that is taken up where it stopped: an interrupted one is gone on with by the next that asks for the same.
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import { say } from '../../contract/sentences.ts';
import { claimWork } from './claims.ts';
import type { EngineContext } from './engine-context.ts';

/** Where they lie, and what the names of their claims begin with. */
const PARENT = 'repairs';
const CLAIM = 'repair';

/** How long they stay where nothing has taken them up. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** Windows removes no file that a worker, which is about to end, has open. */
const REMOVE = { recursive: true, force: true, maxRetries: 10 } as const;

/** This process's own until it is disposed of: two in one folder would read what the other is writing. */
export type ResumableFolder = Disposable & {
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
): Promise<ResumableFolder> {
  const claim = claimWork(store, `${CLAIM} ${name}`);
  if ('pid' in claim) throw new WinnowError('USAGE', say('repairElsewhere', { pid: claim.pid }), { pid: claim.pid });
  try {
    const all = join(home, PARENT);
    const path = join(all, name);
    await mkdir(path, { recursive: true });
    for (const other of await readdir(all)) if (other !== name) await removeOld(all, other, store);
    return { path, remove: () => rm(path, REMOVE), [Symbol.dispose]: () => claim[Symbol.dispose]() };
  } catch (error) {
    claim[Symbol.dispose]();
    throw error;
  }
}

async function removeOld(parent: string, name: string, store: EngineContext['store']): Promise<void> {
  const path = join(parent, name);
  const { mtimeMs } = (await stat(path).catch(() => null)) ?? { mtimeMs: Infinity };
  if (Date.now() - mtimeMs <= KEPT_MS) return;
  const claim = claimWork(store, `${CLAIM} ${name}`);
  if ('pid' in claim) return; // it is being worked in
  using _ = claim;
  await rm(path, REMOVE);
}
