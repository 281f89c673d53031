// A real engine without its process: database, queue, grants and undo in a folder of their own, and a page that records
// the events that it is told. Calls pass through the contract on both sides.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { EVENT_NAMES, type EventName, type EventPayload } from '../../../electron/contract/api.ts';
import { Client } from '../../../electron/contract/client.ts';
import { forkWorker, type WorkerHost } from '../../../electron/engine/backend/worker-host.ts';
import type { Desk } from '../../../electron/engine/session/desk.ts';
import { openDesk } from '../../../electron/engine/session/open-desk.ts';
import { startSession } from '../../../electron/engine/session/session.ts';
import { wire } from '../contract/wire.ts';

export type TestDesk = {
  readonly desk: Desk;
  /** The page's side: `client.call('demos.list', …)`. */
  readonly client: Client;
  /** As the host does when the user drops a file. @returns the grant's id */
  grant(path: string, access?: 'read' | 'write' | 'folder'): string;
  /** What the page was told so far by events of this name. */
  told<E extends EventName>(name: E): EventPayload<E>[];
  /** Resolves when the page is told something that fits; also when it was told before. */
  until<E extends EventName>(name: E, fits: (payload: EventPayload<E>) => boolean): Promise<EventPayload<E>>;
  close(): Promise<void>;
};

const open: TestDesk[] = [];
const homes: string[] = [];

afterEach(async () => {
  for (const desk of open.splice(0)) await desk.close();
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});

function freshHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'winnow-desk-'));
  homes.push(home);
  return home;
}

/** Closed and removed when the test ends. @param home an earlier one's, to go on with its database */
export function openTestDesk(home: string = freshHome(), host: WorkerHost = forkWorker): TestDesk {
  const { page, engine } = wire();
  const events: { name: EventName; payload: unknown }[] = [];
  const watchers = new Set<() => void>();
  const client = new Client(page);
  for (const name of EVENT_NAMES) {
    client.on(name, (payload) => {
      events.push({ name, payload });
      for (const watch of [...watchers]) watch();
    });
  }
  const opened = openDesk({
    home,
    host,
    reveal: () => {},
    recent: () => {},
    session: (desk) => startSession(engine, desk),
  });
  const told = <E extends EventName>(name: E): EventPayload<E>[] =>
    events.filter((event) => event.name === name).map(({ payload }) => payload as EventPayload<E>);
  let closed: Promise<void> | null = null;
  const desk: TestDesk = {
    desk: opened.desk,
    client,
    grant: (path, access = 'read') => {
      const id = randomUUID();
      opened.desk.grants.add({ id, path, access });
      return id;
    },
    told,
    until: (name, fits) =>
      new Promise((resolve) => {
        const watch = (): void => {
          const fitting = told(name).find(fits);
          if (fitting === undefined) return;
          watchers.delete(watch);
          resolve(fitting);
        };
        watchers.add(watch);
        watch();
      }),
    close: () => (closed ??= opened.close()),
  };
  open.push(desk);
  return desk;
}
