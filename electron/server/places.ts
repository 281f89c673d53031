// What a page may choose on the server's disk: folders that were named when the server was started, and what is in
// them. The page gets ids of what it was shown, never a path, and can name nothing else.
import { randomUUID } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { SAVE_EXTENSIONS, type Place, type PlaceAccess, type PlaceEntry } from '../contract/bridge.ts';
import { WinnowError } from '../contract/errors.ts';
import { hasExtension } from '../contract/file-names.ts';
import { msg } from '../contract/sentences.ts';
import { toDisplayPath } from '../engine/base/files/paths.ts';

/** The most entries of a folder that are shown. The list says if others are left out. */
const MAX_SHOWN = 1000;
/** The most entries of all folders together: everything that a page is shown stays in memory. */
const MAX_KNOWN = 200_000;

/** The files that are shown: those that can be read, or that might be overwritten. */
const SHOWN: Readonly<Record<PlaceAccess, readonly string[]>> = {
  read: ['gguf'],
  write: Object.values(SAVE_EXTENSIONS).flat(),
};

type Kind = 'folder' | 'file';

type Known = {
  readonly path: string;
  readonly kind: Kind;
  readonly access: PlaceAccess;
  /** The allowed folder that contains it, with all links resolved. */
  readonly root: string;
  /** The folder in which it was shown; null: it is itself an allowed folder. */
  readonly parent: string | null;
};

export type PlacesOptions = {
  /** Folders where files may be written. */
  readonly write: readonly string[];
  /** Further folders where models may be taken from. */
  readonly read: readonly string[];
};

export class Places {
  readonly #allowed: Readonly<Record<PlaceAccess, readonly string[]>>;
  readonly #entries = new Map<string, Known>();
  /** Entries that were shown before keep their id. */
  readonly #ids = new Map<string, string>();

  constructor({ write, read }: PlacesOptions) {
    this.#allowed = { write, read: [...new Set([...read, ...write])] };
  }

  /**
   * Lists a folder, without hidden files and links that lead out of the allowed folders.
   * @param folder null: the allowed folders, or the content of the only one
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
   * Returns the path of something that was shown.
   * @throws WinnowError USAGE: it was not shown, or for another purpose; it is gone, or now leads elsewhere
   */
  async path(id: string, kind: Kind, access: PlaceAccess): Promise<string> {
    const entry = this.#entries.get(id);
    if (entry?.kind !== kind || entry.access !== access) throw notOffered();
    if (!isWithin(entry.root, await resolved(entry.path))) throw notOffered();
    return entry.path;
  }

  async #content(id: string, access: PlaceAccess): Promise<Place> {
    const path = await this.path(id, 'folder', access);
    const { root } = this.#entries.get(id) ?? { root: path };
    const names = (await readdir(path).catch(() => null))?.filter((name) => !name.startsWith('.'));
    if (names === undefined) {
      throw new WinnowError('FILE_UNREADABLE', msg('serverCannotRead', { name: basename(path) }));
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
    return { id: this.#know({ path, kind: 'folder', access, root, parent: null }), name: toDisplayPath(path) };
  }

  /** The folders from the allowed one down to this one. */
  #way(id: string): PlaceEntry[] {
    const entry = this.#entries.get(id);
    if (entry === undefined) return [];
    if (entry.parent === null) return [{ id, name: toDisplayPath(entry.path) }];
    return [...this.#way(entry.parent), { id, name: basename(entry.path) }];
  }

  #know(entry: Known): string {
    const key = JSON.stringify([entry.access, entry.kind, entry.path, entry.parent]);
    const id = this.#ids.get(key) ?? randomUUID();
    if (this.#entries.size >= MAX_KNOWN && !this.#entries.has(id)) {
      throw new WinnowError('USAGE', msg('tooManyFolders'));
    }
    this.#ids.set(key, id);
    this.#entries.set(id, entry);
    return id;
  }
}

/** Resolves all links; null: there is nothing at the path. */
function resolved(path: string): Promise<string | null> {
  return realpath(path).catch(() => null);
}

function isWithin(root: string, path: string | null): boolean {
  return path !== null && (path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
}

function notOffered(): WinnowError {
  return new WinnowError('USAGE', msg('notOffered'));
}
