// What the engine's use cases share: where things are stored and how workers are started.
import { existsSync } from 'node:fs';
import path, { join } from 'node:path';
import type { WorkerHost } from '../base/backend/worker-host.ts';
import { keepRecordsIn } from '../base/files/unfinished.ts';
import { openStore, STORE_FILE, type Store } from './database.ts';
import { findKnownFiles, keepKnownFiles, type KnownFiles } from './models.ts';
import { currentOwner, isOwnerAlive } from './owner.ts';
import { userHomeFolder } from '../base/files/paths.ts';

type EngineOptions = {
  /** Folder of the database and of scratch files. */
  readonly home: string;
  readonly host: WorkerHost;
};

/** The engine's data folder and worker host. The database opens on first use: reading a header needs none. */
export class EngineContext {
  readonly home: string;
  readonly host: WorkerHost;
  /** The context whose database this one shares; null: it has its own. */
  readonly #origin: EngineContext | null;
  readonly #isForPlans: boolean;
  #store: Store | null = null;

  constructor({ home, host }: EngineOptions, origin: EngineContext | null = null, isForPlans = false) {
    this.home = home;
    this.host = host;
    this.#origin = origin;
    this.#isForPlans = isForPlans;
    if (origin === null) {
      keepRecordsIn({ folder: join(home, 'unfinished'), owner: currentOwner, isAlive: isOwnerAlive });
    }
  }

  get store(): Store {
    if (this.#origin) return this.#origin.store;
    this.#store ??= openStore(this.home);
    return this.#store;
  }

  /** Files that were read whole before, for inspecting models. A lookup does not create a missing database. */
  get identities(): KnownFiles {
    return {
      find: (state) => (existsSync(join(this.home, STORE_FILE)) ? findKnownFiles(this.store, state) : null),
      keep: (state, identity) => keepKnownFiles(this.store, state, identity),
      isForPlans: this.#isForPlans,
    };
  }

  /** The same context with another worker host. */
  withHost(host: WorkerHost): EngineContext {
    return new EngineContext({ home: this.home, host }, this, this.#isForPlans);
  }

  /** The same context for estimates and dry runs: no model is read whole. */
  forPlans(): EngineContext {
    return new EngineContext(this, this, true);
  }

  /** @throws WinnowError as `Store.requireThere`: a missing data folder is not created again in the wrong place */
  get scratchDir(): string {
    this.store.requireThere();
    return join(this.home, 'tmp');
  }

  /** Closes the database, if it was opened. */
  close(): void {
    this.#store?.close();
    this.#store = null;
  }
}

/**
 * The absolute path of the data folder: `WINNOW_HOME`, or else the platform's user data folder. Creates nothing.
 * @param userFolder the user's home folder, for when the environment does not name a data folder
 */
export function winnowHome(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  userFolder: string = userHomeFolder(),
): string {
  const paths = platform === 'win32' ? path.win32 : path.posix;
  if (env['WINNOW_HOME']) return paths.resolve(env['WINNOW_HOME']);
  if (platform === 'win32') {
    return paths.join(env['APPDATA'] || paths.join(userFolder, 'AppData', 'Roaming'), 'Winnow');
  }
  if (platform === 'darwin') return paths.join(userFolder, 'Library', 'Application Support', 'Winnow');
  const xdg = env['XDG_DATA_HOME'];
  // The XDG specification says to ignore relative paths.
  const base = xdg && paths.isAbsolute(xdg) ? xdg : paths.join(userFolder, '.local', 'share');
  return paths.join(base, 'winnow');
}
