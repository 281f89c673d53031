// What a page may choose of the server's disk: folders that whoever started it named, and what lies in them. The page gets
// ids of what it was shown, never a path, and can name nothing else.
import { randomUUID } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { SAVE_EXTENSIONS, type Place, type PlaceAccess, type PlaceEntry } from '../contract/bridge.ts';
import { WinnowError } from '../contract/errors.ts';
import { hasExtension } from '../contract/file-names.ts';
import { say } from '../contract/sentences.ts';
import { displayPathOf } from '../engine/base/files/display-path.ts';

/** Most entries of one folder that are shown. The list says that others are left out. */
const MAX_SHOWN = 1000;
/** Most entries of all folders together: what a page is shown stays in memory. */
const MAX_KNOWN = 200_000;

/** Files that are shown: those that can be read, or be in the way of what is written. */
const SHOWN: Readonly<Record<PlaceAccess, readonly string[]>> = {
  read: ['gguf'],
  write: Object.values(SAVE_EXTENSIONS).flat(),
};

type Kind = 'folder' | 'file';

type Known = {
  readonly path: string;
  readonly kind: Kind;
  readonly access: PlaceAccess;
  /** The allowed folder that it lies in, with all links resolved. */
  readonly root: string;
  /** The folder in which it was shown; null: it is allowed itself. */
  readonly parent: string | null;
};

export type PlacesOptions = {
  /** Where files may be written. */
  readonly write: readonly string[];
  /** Where models may be taken from, beside those. */
  readonly read: readonly string[];
};

export class Places {
  readonly #allowed: Readonly<Record<PlaceAccess, readonly string[]>>;
  readonly #known = new Map<string, Known>();
  /** What was shown before keeps its id. */
  readonly #ids = new Map<string, string>();

  constructor({ write, read }: PlacesOptions) {
    this.#allowed = { write, read: [...new Set([...read, ...write])] };
  }

  /**
   * What lies in a folder; links that lead out of what is allowed and hidden files are left out.
   * @param folder null: the folders that are allowed, or the only one's content
   * @throws WinnowError USAGE: no such id; FILE_UNREADABLE
   */
  async list(access: PlaceAccess, folder: string | null): Promise<Place> {
    if (folder !== null) return this.#content(folder, access);
    const roots = await Promise.all(this.#allowed[access].map((path) => this.#root(path, access)));
    const [only] = roots;
    if (only !== undefined && roots.length === 1) return this.#content(only.id, access);
    return { path: [], folders: roots, files: [], isCut: false };
  }

  /**
   * The path of something that was shown.
   * @throws WinnowError USAGE: it was not, or for something else; it is gone, or leads elsewhere by now
   */
  async path(id: string, kind: Kind, access: PlaceAccess): Promise<string> {
    const known = this.#known.get(id);
    if (known?.kind !== kind || known.access !== access) throw notOffered();
    if (!isWithin(known.root, await resolved(known.path))) throw notOffered();
    return known.path;
  }

  async #content(id: string, access: PlaceAccess): Promise<Place> {
    const path = await this.path(id, 'folder', access);
    const { root } = this.#known.get(id) ?? { root: path };
    const names = (await readdir(path).catch(() => null))?.filter((name) => !name.startsWith('.'));
    if (names === undefined) {
      throw new WinnowError('FILE_UNREADABLE', say('serverCannotRead', { name: basename(path) }));
    }
    const folders: PlaceEntry[] = [];
    const files: Place['files'] = [];
    let isCut = false;
    for (const name of names.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))) {
      const entry = await this.#entry({ path: join(path, name), access, root, parent: id });
      if (entry === null) continue;
      if (folders.length + files.length === MAX_SHOWN) {
        isCut = true;
        break;
      }
      if (entry.bytes === null) folders.push({ id: entry.id, name });
      else files.push({ id: entry.id, name, bytes: entry.bytes });
    }
    return { path: this.#way(id), folders, files, isCut };
  }

  /** @returns null: it is not shown */
  async #entry(at: Omit<Known, 'kind'>): Promise<{ id: string; bytes: number | null } | null> {
    if (!isWithin(at.root, await resolved(at.path))) return null;
    const info = await stat(at.path).catch(() => null);
    if (info?.isDirectory()) return { id: this.#know({ ...at, kind: 'folder' }), bytes: null };
    if (!info?.isFile() || !hasExtension(at.path, SHOWN[at.access])) return null;
    return { id: this.#know({ ...at, kind: 'file' }), bytes: info.size };
  }

  async #root(path: string, access: PlaceAccess): Promise<PlaceEntry> {
    const root = (await resolved(path)) ?? path;
    return { id: this.#know({ path, kind: 'folder', access, root, parent: null }), name: displayPathOf(path) };
  }

  /** From the allowed folder on. */
  #way(id: string): PlaceEntry[] {
    const known = this.#known.get(id);
    if (known === undefined) return [];
    if (known.parent === null) return [{ id, name: displayPathOf(known.path) }];
    return [...this.#way(known.parent), { id, name: basename(known.path) }];
  }

  #know(known: Known): string {
    const key = JSON.stringify([known.access, known.kind, known.path, known.parent]);
    const id = this.#ids.get(key) ?? randomUUID();
    if (this.#known.size >= MAX_KNOWN && !this.#known.has(id)) {
      throw new WinnowError('USAGE', say('tooManyFolders'));
    }
    this.#ids.set(key, id);
    this.#known.set(id, known);
    return id;
  }
}

/** null: there is nothing. */
function resolved(path: string): Promise<string | null> {
  return realpath(path).catch(() => null);
}

function isWithin(root: string, path: string | null): boolean {
  return path !== null && (path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
}

function notOffered(): WinnowError {
  return new WinnowError('USAGE', say('notOffered'));
}
