// A real engine without its process, as a page meets it: calls pass through the contract on both sides.
import { randomUUID } from 'node:crypto';
import { Client } from '../../../electron/contract/client.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import { openServices } from '../../../electron/engine/app/session/open-services.ts';
import { startSession } from '../../../electron/engine/app/session/session.ts';
import type { Store } from '../../../electron/engine/store/database.ts';
import { wire } from '../../unit/contract/wire.ts';

export type FuzzEngine = {
  readonly client: Client;
  readonly store: Store;
  /** As the host does when the user chooses a file. @returns the grant's id */
  grant(path: string): string;
  close(): Promise<void>;
};

/** @throws WinnowError STORE where the home's database cannot be opened */
export function openFuzzEngine(home: string): FuzzEngine {
  const { page, engine } = wire();
  const client = new Client(page);
  const opened = openServices({
    home,
    host: forkWorker,
    reveal: () => {},
    offer: () => '',
    recent: () => {},
    session: (services) => startSession(engine, services),
  });
  const { services } = opened;
  return {
    client,
    store: services.context.store,
    grant: (path) => {
      const id = randomUUID();
      services.grants.add({ id, path, access: 'read' });
      return id;
    },
    close: () => opened.close(),
  };
}
