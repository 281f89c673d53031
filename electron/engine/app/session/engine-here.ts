// The engine in its client's process, for the command line, with the same session that the window talks to. It does not resume
// what earlier processes left, and opens the database only when a call needs it.
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { channelPair } from '../../../contract/channel.ts';
import { Client } from '../../../contract/client.ts';
import { defaultSettings, type Settings } from '../../../contract/api/app.ts';
import type { GrantedPath } from '../../../contract/host-messages.ts';
import type { Placement } from '../../../contract/placement.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import type { EngineLog } from './engine-log.ts';
import { joinServices } from './open-services.ts';

type Flags = {
  readonly placement: Partial<Placement>;
  readonly nUbatch?: Settings['nUbatch'];
  readonly maxTokens?: number;
};

type EngineHere = {
  readonly client: Client;
  /** Sets what later calls compute with. */
  readonly computeWith: (flags: Flags) => void;
  /** Lets calls use a path, as a window's host does for a dropped file. @returns the grant's id */
  readonly grant: (path: string, access: GrantedPath['access']) => string;
  /** Cancels running work and waits for its end; the context stays open. */
  readonly close: () => Promise<void>;
};

/** Starts an engine in this process. */
export function engineHere(context: EngineContext, log: EngineLog): EngineHere {
  const { page, engine } = channelPair();
  let computing = defaultSettings(availableParallelism());
  const { services, close } = joinServices({
    context,
    log,
    ownJobs: true,
    pathText: (path) => path,
    settings: () => computing,
    reveal: () => {},
    offer: () => '',
    recent: () => {},
    channel: engine,
  });
  return {
    client: new Client(page),
    computeWith: ({ placement, ...flags }) => {
      computing = { ...computing, ...flags, placement: { ...computing.placement, ...placement } };
    },
    grant: (path, access) => {
      const id = randomUUID();
      services.grants.add({ id, path, access });
      return id;
    },
    close,
  };
}
