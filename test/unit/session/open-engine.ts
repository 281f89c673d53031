// A real engine without its process, as a page meets it: calls pass through the contract on both sides.
import { randomUUID } from 'node:crypto';
import { channelPair } from '../../../electron/contract/channel.ts';
import { Client } from '../../../electron/contract/client.ts';
import { forkWorker, type WorkerHost } from '../../../electron/engine/base/backend/worker-host.ts';
import { openServices } from '../../../electron/engine/app/session/open-services.ts';
import type { Services } from '../../../electron/engine/app/session/services.ts';

export type OpenEngine = {
  readonly services: Services;
  /** The page's side: `client.call('demos.list', …)`. */
  readonly client: Client;
  /** As the host does when the user chooses or drops a file. @returns the grant's id */
  grant(path: string, access?: 'read' | 'write' | 'folder'): string;
  close(): Promise<void>;
};

/** @throws WinnowError STORE where the home's database cannot be opened */
export function openEngine(home: string, host: WorkerHost = forkWorker): OpenEngine {
  const { page, engine } = channelPair();
  const client = new Client(page);
  const opened = openServices({
    home,
    host,
    reveal: () => {},
    offer: () => '',
    recent: () => {},
    channel: engine,
  });
  return {
    services: opened.services,
    client,
    grant: (path, access = 'read') => {
      const id = randomUUID();
      opened.services.grants.add({ id, path, access });
      return id;
    },
    close: () => opened.close(),
  };
}
