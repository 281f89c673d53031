// The engine's session without a window: for filling a home folder before Winnow is started in it.
import { randomUUID } from 'node:crypto';
import type { JobView } from '../../../electron/contract/api/jobs.ts';
import { channelPair } from '../../../electron/contract/channel.ts';
import { Client } from '../../../electron/contract/client.ts';
import type { GrantedPath } from '../../../electron/contract/host-messages.ts';
import { forkWorker } from '../../../electron/engine/base/backend/worker-host.ts';
import type { Services } from '../../../electron/engine/app/session/services.ts';
import { openServices } from '../../../electron/engine/app/session/open-services.ts';
import { dataFolder } from './data-folder.ts';

export type SeedSession = {
  readonly services: Services;
  readonly client: Client;
  /** @returns the id by which calls name the file */
  readonly grant: (path: string, access?: GrantedPath['access']) => string;
  /** @throws Error if the job does not end well */
  readonly finished: (jobId: number) => Promise<JobView>;
  readonly close: () => Promise<void>;
};

export function openSeedSession(home: string): SeedSession {
  const { page, engine } = channelPair();
  const opened = openServices({
    home: dataFolder(home),
    host: forkWorker,
    reveal: () => undefined,
    offer: () => '',
    recent: () => undefined,
    channel: engine,
  });
  const { services } = opened;
  const client = new Client(page);
  return {
    services,
    client,
    grant: (path, access = 'read') => {
      const id = randomUUID();
      services.grants.add({ id, path, access });
      return id;
    },
    finished: (jobId) => jobEnd(client, jobId),
    close: () => opened.close(),
  };
}

async function jobEnd(client: Client, jobId: number): Promise<JobView> {
  for (;;) {
    const job = (await client.call('jobs.list', { limit: 1000 })).find(({ id }) => id === jobId);
    if (job?.state === 'done') return job;
    if (job?.state !== 'queued' && job?.state !== 'running') {
      throw new Error(`job ${jobId} is ${job?.state ?? 'gone'}: ${job?.error?.message ?? ''}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
