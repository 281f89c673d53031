// Hands files over to the engine under ids that the page may use: what the user dropped, or chose in a dialog.
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Grant } from '../contract/bridge.ts';
import type { GrantedPath } from '../contract/host-messages.ts';

export class FileGrants {
  readonly #toEngine: (grant: GrantedPath) => void;

  constructor(toEngine: (grant: GrantedPath) => void) {
    this.#toEngine = toEngine;
  }

  /** Files for reading, folders for searching; what is neither is left out. */
  async forPaths(paths: readonly string[]): Promise<Grant[]> {
    const grants = await Promise.all(paths.map((path) => this.#forPath(path)));
    return grants.filter((grant) => grant !== null);
  }

  forTarget(path: string): Grant {
    return this.#issue(path, 'write', null);
  }

  async #forPath(path: string): Promise<Grant | null> {
    const info = await stat(path).catch(() => null);
    if (info?.isDirectory()) return this.#issue(path, 'folder', null);
    return info?.isFile() ? this.#issue(path, 'read', info.size) : null;
  }

  #issue(path: string, access: GrantedPath['access'], bytes: number | null): Grant {
    const id = randomUUID();
    this.#toEngine({ id, path, access });
    return { id, name: basename(path), bytes };
  }
}
