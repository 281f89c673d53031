// What the engine's use cases share: where things are stored and how workers are started.
import { join } from 'node:path';
import type { WorkerHost } from './backend/worker-host.ts';
import type { JobContext } from './jobs/queue.ts';
import { openStore, type Store } from './store/database.ts';

export type EngineOptions = {
  /** Folder of the database and of scratch files. */
  readonly home: string;
  readonly host: WorkerHost;
};

/** The database opens on first use: reading a header needs none. */
export class EngineContext {
  readonly home: string;
  readonly host: WorkerHost;
  #store: Store | null = null;

  constructor({ home, host }: EngineOptions) {
    this.home = home;
    this.host = host;
  }

  get store(): Store {
    this.#store ??= openStore(this.home);
    return this.#store;
  }

  get scratchDir(): string {
    return join(this.home, 'tmp');
  }

  close(): void {
    this.#store?.close();
    this.#store = null;
  }
}

/** How a use case tells its job about itself. */
export type Task = Pick<JobContext, 'rows' | 'signal' | 'progress' | 'log' | 'about'>;
