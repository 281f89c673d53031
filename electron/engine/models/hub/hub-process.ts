// The hub worker, for as long as it is needed, and whether the hub may be contacted at all.
import { join } from 'node:path';
import { endingHost, type WorkerHost } from '../../base/backend/worker-host.ts';
import { WorkerClient } from '../../base/backend/worker-client.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { methods } from './protocol.ts';
import { z } from 'zod';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Store } from '../../store/database.ts';
import { INTERFACE_SETTINGS, getSetting } from '../../store/settings.ts';

/** The folder that holds files from the hub. */
export function hubFolder(home: string): string {
  return join(home, 'hub');
}

/** The path of what an address names on this machine; null: it is not here. Sends no request. @throws WinnowError HUB_REFUSED */
export function findFromHub(
  address: string,
  { home, host }: EngineContext,
  signal: AbortSignal,
): Promise<string | null> {
  return withHub(host, signal, (hub) => hub.call('find', { address, folder: hubFolder(home) }, { signal }));
}

/** Runs work with a hub worker. @param signal ends the worker, whatever it is doing: what it has downloaded stays */
export async function withHub<T>(
  host: WorkerHost,
  signal: AbortSignal,
  work: (hub: WorkerClient<typeof methods>) => Promise<T>,
): Promise<T> {
  const hub = new WorkerClient('hub', methods, endingHost(host, signal)({ entry: 'hub', args: [] }));
  try {
    return await work(hub);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await hub.close();
  }
}

/** Values that switch something on, as the hub's own tools read them from the environment. */
const ON = ['1', 'on', 'yes', 'true'];

/** @throws WinnowError HUB_REFUSED, which names the setting that forbids it */
export function requireHubAllowed(store: Store, { HF_HUB_OFFLINE = '' }: NodeJS.ProcessEnv = process.env): void {
  if (ON.includes(HF_HUB_OFFLINE.toLowerCase())) throw new WinnowError('HUB_REFUSED', say('hubOffline'));
  const set = getSetting(store, INTERFACE_SETTINGS, z.object({ allowHub: z.boolean().exactOptional() }));
  if (set?.allowHub === false) throw new WinnowError('HUB_REFUSED', say('hubNotAllowed'));
}
