// Hands files to the engine under ids that the page may use: files that the user dropped or chose in a dialog.
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { Grant } from '../contract/bridge.ts';
import { DEMO_EXTENSIONS } from '../contract/file-extensions.ts';
import { freeFileName, hasExtension } from '../contract/file-names.ts';
import type { GrantedPath } from '../contract/host-messages.ts';

export class FileGrants {
  readonly #toEngine: (grant: GrantedPath) => void;

  constructor(toEngine: (grant: GrantedPath) => void) {
    this.#toEngine = toEngine;
  }

  /** Grants files for reading and folders for searching; anything else is left out. */
  async forPaths(paths: readonly string[]): Promise<Grant[]> {
    const grants = await Promise.all(paths.map((path) => this.#forPath(path)));
    return grants.filter((grant) => grant !== null);
  }

  /**
   * Grants what the page's process reports as dropped. The report must be believed, although a compromised process
   * could lie: it then gets only files of the kinds that Winnow reads.
   */
  async forDropped(paths: readonly string[]): Promise<Grant[]> {
    const readable = await Promise.all(paths.map(isOfKnownKind));
    return this.forPaths(paths.filter((_, i) => readable[i]));
  }

  /** Grants a file to write. */
  forTarget(path: string): Grant {
    return this.#issue(path, 'write', null);
  }

  /** Grants a new file in a folder, which is made if it is missing. */
  async forNew(folder: string, name: string): Promise<Grant> {
    await mkdir(folder, { recursive: true });
    return this.forTarget(
      join(
        folder,
        freeFileName(name, (other) => existsSync(join(folder, other))),
      ),
    );
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

const KNOWN_EXTENSIONS: readonly string[] = ['gguf', 'winnow', ...DEMO_EXTENSIONS];
const GGUF_MAGIC = Buffer.from('GGUF');

/** Judges by the extension; models of some programs have none and are recognised by their first bytes. */
async function isOfKnownKind(path: string): Promise<boolean> {
  if (hasExtension(path, KNOWN_EXTENSIONS) || (await isFolder(path))) return true;
  return extname(path) === '' && (await beginsWith(path, GGUF_MAGIC));
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() === true;
}

/** Whether a file begins with these bytes; anything that is not a file, such as a pipe, is not read. */
async function beginsWith(path: string, bytes: Buffer): Promise<boolean> {
  if ((await stat(path).catch(() => null))?.isFile() !== true) return false;
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes.length), 0, bytes.length, 0);
    return buffer.subarray(0, bytesRead).equals(bytes);
  } finally {
    await file.close();
  }
}
