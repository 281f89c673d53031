// Files in the served mode: uploads in place of the page's paths, and targets in an output folder.
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Grant, SaveRequest } from '../contract/bridge.ts';
import { WinnowError } from '../contract/errors.ts';
import { freeFileName, hasExtension, isFileName } from '../contract/file-names.ts';
import type { GrantedPath } from '../contract/host-messages.ts';
import { msg } from '../contract/sentences.ts';
import { KEPT_DIGITS, KEPT_FOLDER, UPLOADS_FOLDER } from '../contract/upload-names.ts';
import type { FileInState } from '../engine/base/files/file-state.ts';
import { isDiskFull } from '../engine/base/files/user-files.ts';
import { processExists } from '../engine/store/owner.ts';

/** Demo sets have megabytes, importance matrices hundreds of megabytes. A larger model has to be copied to the server in another way. */
const MAX_UPLOAD_BYTES = 2 ** 30;
/** The limit for all uploads of a server together: a page must not fill the disk. */
const MAX_TOTAL_BYTES = 8 * 2 ** 30;
/** Even empty files take up space. */
const MAX_UPLOADS = 20_000;
/** This much stays free: the database and running work must go on when somebody uploads more than fits. */
const RESERVED_BYTES = 2 ** 28;

export type FilesOptions = {
  /** Uploads go to a folder in it, which is emptied at the end; models that the library accepts go to another one, and stay. */
  readonly home: string;
  readonly toEngine: (grant: GrantedPath) => void;
};

export class Files {
  readonly #options: FilesOptions;
  /** Holds one folder for each server that uses this home. */
  readonly #allUploads: string;
  readonly #uploads: string;
  /** Files that the engine has written, by the id under which it offers them. */
  readonly #downloads = new Map<string, FileInState>();
  /** An upload may arrive before the engine has made the folder. */
  #isHomeMade = false;
  #totalBytes = 0;
  #count = 0;
  /** Bytes that uploads under way have reserved but not sent yet. */
  #awaited = 0;

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#allUploads = join(options.home, UPLOADS_FOLDER);
    this.#uploads = join(this.#allUploads, `${process.pid}`);
  }

  /** Removes what killed servers left behind. */
  async removeLeftovers(): Promise<void> {
    const pids = await readdir(this.#allUploads).catch(() => []);
    const left = pids.filter(
      (pid) => /^\d+$/.test(pid) && (Number(pid) === process.pid || !processExists(Number(pid))),
    );
    await Promise.all(left.map((pid) => rm(join(this.#allUploads, pid), { recursive: true, force: true })));
  }

  /**
   * Receives as many bytes as the head of the request announces; Node enforces that number.
   * @throws WinnowError USAGE: invalid name, no length, or too large; NO_SPACE; TARGET_UNWRITABLE
   */
  async upload(name: string, request: IncomingMessage): Promise<Grant> {
    const safe = safeName(name);
    const bytes = announcedBytes(name, request);
    // reserved space counts as used: several uploads come at once
    this.#count += 1;
    this.#totalBytes += bytes;
    const folder = join(this.#uploads, randomUUID());
    try {
      if (bytes > MAX_UPLOAD_BYTES || this.#totalBytes > MAX_TOTAL_BYTES || this.#count > MAX_UPLOADS)
        throw tooLarge(name);
      await this.#makeFolder(folder);
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize < bytes + this.#awaited + RESERVED_BYTES) throw noSpace(name);
      return await this.#take(request, join(folder, safe), bytes);
    } catch (error) {
      this.#count -= 1;
      this.#totalBytes -= bytes;
      await rm(folder, { recursive: true, force: true });
      throw writeError(error, name);
    }
  }

  /** Keeps its space reserved until everything has arrived. A model is stored under its content: once, however often it is uploaded. */
  async #take(request: IncomingMessage, path: string, bytes: number): Promise<Grant> {
    const hash = createHash('sha256');
    let left = bytes;
    const count = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        hash.update(chunk);
        left -= chunk.length;
        this.#awaited -= chunk.length;
        done(null, chunk);
      },
    });
    this.#awaited += bytes;
    try {
      await pipeline(request, count, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    } finally {
      this.#awaited -= left;
    }
    const name = basename(path);
    if (!hasExtension(name, ['gguf'])) return this.#issue({ path, access: 'read' }, bytes);
    const keepAs = join(this.#options.home, KEPT_FOLDER, hash.digest('hex').slice(0, KEPT_DIGITS), name);
    return this.#issue({ path, access: 'read', keepAs }, bytes);
  }

  /**
   * Returns a target for writing. A model that a person named may exist: the engine asks before it overwrites one.
   * Other files would be replaced silently, without a dialog, so they get a free name.
   * @param isNamed whether a person named it
   */
  target({ purpose, suggestedName }: SaveRequest, folder: string, isNamed: boolean): Grant {
    const isKept = purpose === 'model' && isNamed;
    const name = isKept ? suggestedName : freeFileName(suggestedName, (other) => existsSync(join(folder, other)));
    const path = join(folder, name);
    return this.#issue({ path, access: 'write' }, null);
  }

  /**
   * Returns a target for a file that is written only to be downloaded; it is removed with the server.
   * @throws WinnowError USAGE: models are too large for that, or there are too many files
   */
  async downloadTarget(request: SaveRequest): Promise<Grant> {
    if (request.purpose === 'model') throw new WinnowError('USAGE', msg('modelToServerFolder'));
    if (this.#count >= MAX_UPLOADS) throw tooLarge(request.suggestedName);
    this.#count += 1;
    const folder = join(this.#uploads, randomUUID());
    await this.#makeFolder(folder);
    return this.target(request, folder, true);
  }

  /** @throws WinnowError STORE: the data folder is gone, and must not be made again in the wrong place */
  async #makeFolder(folder: string): Promise<void> {
    const { home } = this.#options;
    if (this.#isHomeMade && !existsSync(home)) throw new WinnowError('STORE', msg('dataFolderGone', { folder: home }));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    this.#isHomeMade = true;
  }

  /** Lets pages download a file of the engine. */
  offer(id: string, { path, state }: FileInState): void {
    this.#downloads.set(id, { path, state });
  }

  /** @returns undefined: no file is offered under this id */
  download(id: string): FileInState | undefined {
    return this.#downloads.get(id);
  }

  /** Grants models and folders of the server that the page was shown and a person chose. */
  async take(paths: readonly string[], access: 'read' | 'folder'): Promise<Grant[]> {
    return Promise.all(
      paths.map(async (path) => this.#issue({ path, access }, access === 'folder' ? null : (await stat(path)).size)),
    );
  }

  async close(): Promise<void> {
    await rm(this.#uploads, { recursive: true, force: true });
  }

  #issue(grant: Omit<GrantedPath, 'id'>, bytes: number | null): Grant {
    const id = randomUUID();
    this.#options.toEngine({ id, ...grant });
    return { id, name: basename(grant.path), bytes };
  }
}

/** @throws WinnowError USAGE for a name that leads elsewhere */
function safeName(name: string): string {
  if (isFileName(name)) return name;
  throw new WinnowError('USAGE', msg('noFileName', { name: name.slice(0, 200) }), { name });
}

/** @throws WinnowError USAGE: browsers announce every file's length; without it, the size of the upload is unknown */
function announcedBytes(name: string, { headers }: IncomingMessage): number {
  const length = headers['content-length'];
  if (length !== undefined) return Number(length);
  throw new WinnowError('USAGE', msg('uploadWithoutLength', { name }), { name });
}

function tooLarge(name: string): WinnowError {
  return new WinnowError(
    'USAGE',
    msg('uploadTooLarge', { name, fileBytes: MAX_UPLOAD_BYTES, files: MAX_UPLOADS, allBytes: MAX_TOTAL_BYTES }),
    { name },
  );
}

function noSpace(name: string): WinnowError {
  return new WinnowError('NO_SPACE', msg('serverDiskFull', { name }), { name });
}

function writeError(error: unknown, name: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (isDiskFull(error)) return noSpace(name);
  if (code === 'EACCES' || code === 'EROFS')
    return new WinnowError('TARGET_UNWRITABLE', msg('serverReadOnly', { name }), {
      name,
    });
  return error;
}
