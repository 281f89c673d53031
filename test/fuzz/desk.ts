// A real engine without its process, as a page meets it: calls pass through the contract on both sides.
import { randomUUID } from 'node:crypto';
import { Client } from '../../electron/contract/client.ts';
import { forkWorker } from '../../electron/engine/backend/worker-host.ts';
import { openDesk } from '../../electron/engine/session/open-desk.ts';
import { startSession } from '../../electron/engine/session/session.ts';
import type { Store } from '../../electron/engine/store/database.ts';
import { wire } from '../unit/contract/wire.ts';

export type FuzzDesk = {
  readonly client: Client;
  readonly store: Store;
  /** As the host does when the user chooses a file. @returns the grant's id */
  grant(path: string): string;
  close(): Promise<void>;
};

/** @throws WinnowError STORE where the home's database cannot be opened */
export function openFuzzDesk(home: string): FuzzDesk {
  const { page, engine } = wire();
  const client = new Client(page);
  const opened = openDesk({
    home,
    host: forkWorker,
    reveal: () => {},
    recent: () => {},
    session: (desk) => startSession(engine, desk),
  });
  const { desk } = opened;
  return {
    client,
    store: desk.context.store,
    grant: (path) => {
      const id = randomUUID();
      desk.grants.add({ id, path, access: 'read' });
      return id;
    },
    close: () => opened.close(),
  };
}
