// A real engine without its process: database, queue, grants and undo in a folder of their own, and a page that records
// the events. Calls pass through the contract on both sides.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { EVENT_NAMES, type EventName, type EventPayload } from '../../../electron/contract/api.ts';
import type { WorkerHost } from '../../../electron/engine/base/backend/worker-host.ts';
import { openEngine, type OpenEngine } from './open-engine.ts';

export type TestEngine = OpenEngine & {
  /** The payloads of this event so far. */
  events<E extends EventName>(name: E): EventPayload<E>[];
  /** Resolves when there is a payload that fits; also when it came before. */
  until<E extends EventName>(name: E, fits: (payload: EventPayload<E>) => boolean): Promise<EventPayload<E>>;
};

function freshHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'winnow-engine-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** Closed and removed when the test ends. @param home an earlier one's, to go on with its database */
export function openTestEngine(home: string = freshHome(), host?: WorkerHost): TestEngine {
  const opened = openEngine(home, host);
  const { client } = opened;
  const events: { name: EventName; payload: unknown }[] = [];
  const watchers = new Set<() => void>();
  for (const name of EVENT_NAMES) {
    client.on(name, (payload) => {
      events.push({ name, payload });
      for (const watch of [...watchers]) watch();
    });
  }
  const eventsOf = <E extends EventName>(name: E): EventPayload<E>[] =>
    events.filter((event) => event.name === name).map(({ payload }) => payload as EventPayload<E>);
  let closed: Promise<void> | null = null;
  const testEngine: TestEngine = {
    ...opened,
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
