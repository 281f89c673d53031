// A real engine without its process: database, queue, grants and undo in a folder of their own, and a page that records
// the events. Calls pass through the contract on both sides.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { EVENT_NAMES, type EventName, type EventPayload } from '../../../electron/contract/api.ts';
import { Client } from '../../../electron/contract/client.ts';
import { forkWorker, type WorkerHost } from '../../../electron/engine/base/backend/worker-host.ts';
import type { Services } from '../../../electron/engine/app/session/services.ts';
import { openServices } from '../../../electron/engine/app/session/open-services.ts';
import { startSession } from '../../../electron/engine/app/session/session.ts';
import { wire } from '../contract/wire.ts';

export type TestEngine = {
  readonly services: Services;
  /** The page's side: `client.call('demos.list', …)`. */
  readonly client: Client;
  /** As the host does when the user drops a file. @returns the grant's id */
  grant(path: string, access?: 'read' | 'write' | 'folder'): string;
  /** The payloads of this event so far. */
  events<E extends EventName>(name: E): EventPayload<E>[];
  /** Resolves when there is a payload that fits; also when it came before. */
  until<E extends EventName>(name: E, fits: (payload: EventPayload<E>) => boolean): Promise<EventPayload<E>>;
  close(): Promise<void>;
};

function freshHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'winnow-engine-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Closed and removed when the test ends. @param home an earlier one's, to go on with its database */
export function openTestEngine(home: string = freshHome(), host: WorkerHost = forkWorker): TestEngine {
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
  const opened = openServices({
    home,
    host,
    reveal: () => {},
    offer: () => '',
    recent: () => {},
    session: (services) => startSession(engine, services),
  });
  const eventsOf = <E extends EventName>(name: E): EventPayload<E>[] =>
    events.filter((event) => event.name === name).map(({ payload }) => payload as EventPayload<E>);
  let closed: Promise<void> | null = null;
  const testEngine: TestEngine = {
    services: opened.services,
    client,
    grant: (path, access = 'read') => {
      const id = randomUUID();
      opened.services.grants.add({ id, path, access });
      return id;
    },
    events: eventsOf,
    until: (name, fits) =>
      new Promise((resolve) => {
        const watch = (): void => {
          const fitting = eventsOf(name).find(fits);
          if (fitting === undefined) return;
          watchers.delete(watch);
          resolve(fitting);
        };
        watchers.add(watch);
        watch();
      }),
    close: () => (closed ??= opened.close()),
  };
  try {
    onTestFinished(() => testEngine.close());
  } catch {
    // opened by a hook, which closes it
  }
  return testEngine;
}
