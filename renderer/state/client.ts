// This page's only conversation with the engine.
import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import type { EventName, EventPayload } from '../../electron/contract/api.ts';
import { Client, type EngineState } from '../../electron/contract/client.ts';
import { bridge } from './bridge.ts';

let opened: Client | null = null;

/** Returns the client. @throws Error as `bridge` */
export function client(): Client {
  opened ??= openClient();
  return opened;
}

function openClient(): Client {
  const client = new Client(bridge());
  // also on a reload: the engine would continue to work for a page that has gone
  window.addEventListener('pagehide', () => client.leave());
  return client;
}

/** Returns whether the engine answers, or why not. */
export function useEngineState(): EngineState {
  return useSyncExternalStore(
    (changed) => client().onState(changed),
    () => client().state,
  );
}

/** Calls the listener for each event while the component is mounted. */
export function useEngineEvent<E extends EventName>(name: E, listener: (payload: EventPayload<E>) => void): void {
  const latest = useEffectEvent(listener);
  useEffect(() => client().on(name, (payload) => latest(payload)), [name]);
}
