// Files of the served mode: uploads instead of the page's paths, and targets in one output folder.
import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { basename, extname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Grant, SavePurpose } from '../contract/bridge.ts';
import { WinnowError } from '../contract/errors.ts';
import type { GrantedPath } from '../contract/host-messages.ts';
import { processExists } from '../engine/store/owner.ts';

/** Demo sets are megabytes, importance matrices hundreds of them. A larger model is copied to the server by other means. */
const MAX_UPLOAD_BYTES = 2 ** 30;
/** All uploads of one server together: a page must not fill the disk. */
const MAX_TOTAL_BYTES = 8 * 2 ** 30;
/** Of a file's name, in most file systems. */
const MAX_NAME_BYTES = 255;

export type FilesOptions = {
  /** Uploads go to a folder in it, which is emptied at the end; models to another, and stay. */
  readonly home: string;
  readonly outputFolder: string;
  readonly toEngine: (grant: GrantedPath) => void;
};

export class Files {
  readonly #options: FilesOptions;
  /** One folder for each server that uses this home. */
  readonly #allUploads: string;
  readonly #uploads: string;
  #totalBytes = 0;

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#allUploads = join(options.home, 'uploads');
    this.#uploads = join(this.#allUploads, `${process.pid}`);
  }

  /** Removes what servers left that were killed. */
  async removeLeftovers(): Promise<void> {
    const pids = await readdir(this.#allUploads).catch(() => []);
    const left = pids.filter(
      (pid) => /^\d+$/.test(pid) && (Number(pid) === process.pid || !processExists(Number(pid))),
    );
    await Promise.all(left.map((pid) => rm(join(this.#allUploads, pid), { recursive: true, force: true })));
  }

  /** @throws WinnowError USAGE: a name that is none, or too large; NO_SPACE; TARGET_UNWRITABLE */
  async upload(name: string, request: IncomingMessage): Promise<Grant> {
    const folder = join(this.#uploads, randomUUID());
    const path = join(folder, safeName(name));
    let bytes = 0;
    const hash = createHash('sha256');
    const count = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        bytes += chunk.length;
        hash.update(chunk);
        this.#totalBytes += chunk.length;
        done(bytes > MAX_UPLOAD_BYTES || this.#totalBytes > MAX_TOTAL_BYTES ? tooLarge(name) : null, chunk);
      },
    });
    try {
      await mkdir(folder, { recursive: true });
      await pipeline(request, count, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      if (/\.gguf$/i.test(name)) return this.#issue(await this.#keepModel(path, hash), safeName(name), 'read', bytes);
    } catch (error) {
      this.#totalBytes -= bytes;
      await rm(folder, { recursive: true, force: true });
      throw writeError(error, name);
    }
    return this.#issue(path, safeName(name), 'read', bytes);
  }

  /** A model is worth keeping: the library finds it at the next start too, and once however often it is uploaded. */
  async #keepModel(upload: string, hash: Hash): Promise<string> {
    const folder = join(this.#options.home, 'models', hash.digest('hex').slice(0, 32));
    const path = join(folder, basename(upload));
    await mkdir(folder, { recursive: true });
    await rename(upload, path);
    return path;
  }

  /**
   * A file to be written. A model may exist: the engine asks before it overwrites one. Others replace without a word,
   * and no dialog has asked: they get a name that is free.
   */
  target({ purpose, suggestedName }: { readonly purpose: SavePurpose; readonly suggestedName: string }): Grant {
    const folder = this.#options.outputFolder;
    const safe = safeName(suggestedName);
    const name = purpose === 'model' ? safe : freeName(folder, safe);
    return this.#issue(join(folder, name), name, 'write', null);
  }

  async close(): Promise<void> {
    await rm(this.#uploads, { recursive: true, force: true });
  }

  #issue(path: string, name: string, access: GrantedPath['access'], bytes: number | null): Grant {
    const id = randomUUID();
    this.#options.toEngine({ id, path, access });
    return { id, name, bytes };
  }
}

/** @throws WinnowError USAGE for a name that leads elsewhere */
function safeName(name: string): string {
  if (name === '' || Buffer.byteLength(name) > MAX_NAME_BYTES || name.startsWith('.') || /[/\\\p{Cc}]/u.test(name)) {
    throw new WinnowError('USAGE', `"${name.slice(0, 200)}" is no file name. Use one without folders.`, { name });
  }
  return name;
}

/** "report.html", "report 2.html", … */
function freeName(folder: string, name: string): string {
  const ending = extname(name);
  const stem = basename(name, ending);
  let free = name;
  for (let n = 2; existsSync(join(folder, free)); n++) free = `${stem} ${n}${ending}`;
  return free;
}

function tooLarge(name: string): WinnowError {
  return new WinnowError(
    'USAGE',
    `${name} is too large to be uploaded: a file may have ${MAX_UPLOAD_BYTES} bytes, all together ${MAX_TOTAL_BYTES}. Copy it to the server and use the command line.`,
    { name },
  );
}

function writeError(error: unknown, name: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC')
    return new WinnowError('NO_SPACE', `The server's disk is full: ${name} was not taken. Free some space.`, { name });
  if (code === 'EACCES' || code === 'EROFS')
    return new WinnowError('TARGET_UNWRITABLE', `The server cannot store ${name}: its data folder is read-only.`, { name }); // prettier-ignore
  return error;
}
