// Starts a hub worker for as long as it is needed.
import { join } from 'node:path';
import { endingHost } from '../../base/backend/ending-host.ts';
import { WorkerClient } from '../../base/backend/worker-client.ts';
import type { WorkerHost } from '../../base/backend/worker-host.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { methods } from './protocol.ts';

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
