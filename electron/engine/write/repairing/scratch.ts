// Folders of repairs that are under way. One that is interrupted is gone on with by the next that asks for the same.
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { claimWork } from '../../store/claims.ts';
import type { EngineContext } from '../../store/engine-context.ts';

/** How long they stay where nothing has taken them up. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

export type RepairFolder = Disposable & {
  readonly path: string;
  /** What it was needed for is done. */
  readonly remove: () => Promise<void>;
};

/**
 * Its own until it is disposed of.
 * @param name equal for the same work
 * @throws WinnowError USAGE: another process is at it
 */
export async function openRepairFolder(name: string, { home, store }: EngineContext): Promise<RepairFolder> {
  const claim = claimWork(store, `repair ${name}`);
  if ('pid' in claim) throw new WinnowError('USAGE', say('repairElsewhere', { pid: claim.pid }), { pid: claim.pid });
  const parent = join(home, 'repairs');
  await mkdir(parent, { recursive: true });
  for (const other of await readdir(parent)) {
    const path = join(parent, other);
    const old = await stat(path).catch(() => null);
    if (other !== name && old && Date.now() - old.mtimeMs > KEPT_MS) await rm(path, { recursive: true, force: true });
  }
  const path = join(parent, name);
  await mkdir(path, { recursive: true });
  return {
    path,
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 10 }),
    [Symbol.dispose]: () => claim[Symbol.dispose](),
  };
}
