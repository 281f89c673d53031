// Small files that the user names: read whole, written whole, with failures that say which file and why.
import { randomUUID } from 'node:crypto';
import { constants, statSync, type BigIntStats } from 'node:fs';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM_REASONS, WinnowError, type ErrorCode } from '../../../contract/errors.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { errnoOf } from './errno.ts';
import { jsonExcess } from './json-guard.ts';
import { readWhole } from './read-whole.ts';
import { nameProblemOnWindows, takeName } from './windows.ts';

/**
 * @param invalidCode the error when the file is read but is no JSON, or more of it than `maxBytes`
 * @param signal ends the reading: a pipe may never give anything
 * @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE, CANCELLED, or `invalidCode`
 */
export async function readJsonFile(
  path: string,
  invalidCode: ErrorCode,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<unknown> {
  const bytes = await readJsonBytes(path, maxBytes, invalidCode, signal);
  const excess = jsonExcess(bytes);
  if (excess !== null) throw new WinnowError(invalidCode, say('jsonRefused', { path, excess }), { path });
  try {
    // Some editors put a byte order mark in front, which JSON.parse refuses.
    return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new WinnowError(invalidCode, say('jsonInvalid', { path, reason: messageOf(error) }), { path }, error);
  }
}

/** What a model begins with, the file that is most easily taken for another. */
const GGUF_MAGIC = Buffer.from('GGUF');

async function readJsonBytes(
  path: string,
  maxBytes: number,
  invalidCode: ErrorCode,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const refused = (said: Sentence): WinnowError => new WinnowError(invalidCode, said, { path });
  try {
    return await readWhole(path, {
      maxBytes,
      tooLarge: () => refused(say('jsonTooLarge', { path, limit: displayBytes(maxBytes) })),
      checkHead: (head) => {
        if (head.subarray(0, GGUF_MAGIC.length).equals(GGUF_MAGIC)) throw refused(say('ggufNotJson', { path }));
      },
      signal,
    });
  } catch (error) {
    throw error instanceof WinnowError ? error : readError(path, error);
  }
}

const READ_PROBLEMS: Readonly<Record<string, Sentence>> = {
  EACCES: say('denied'),
  EPERM: say('denied'),
  EISDIR: say('isFolderNameFile'),
  EMFILE: SYSTEM_REASONS.EMFILE,
  ENFILE: SYSTEM_REASONS.ENFILE,
};

/** Why something could not be read, as the end of a sentence. */
export function readProblem(error: unknown): Sentence | string {
  return READ_PROBLEMS[errnoOf(error)] ?? messageOf(error);
}

/** FILE_NOT_FOUND or FILE_UNREADABLE, for what opening or reading a file threw. */
export function readError(path: string, error: unknown): WinnowError {
  if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') {
    return new WinnowError('FILE_NOT_FOUND', say('fileGone', { path }), { path }, error);
  }
  const reason = readProblem(error);
  return new WinnowError(
    'FILE_UNREADABLE',
    say('readFailed', { path, reason }),
    { path, errno: errnoOf(error) },
    error,
  );
}

/**
 * @throws WinnowError USAGE when the output is one of the inputs, under whatever name
 */
export async function refuseInputAsOutput(output: string, inputs: readonly string[]): Promise<void> {
  const input = await findSameFile(output, inputs);
  if (input === undefined) return;
  throw new WinnowError('USAGE', say('outputIsInput', { output, input }));
}

/** The first of the candidates that is the file `path`: links to it, hard or symbolic, are. */
async function findSameFile(path: string, candidates: readonly string[]): Promise<string | undefined> {
  const target = await identityOf(path);
  if (target === null) return undefined;
  for (const candidate of candidates) if ((await identityOf(candidate)) === target) return candidate;
  return undefined;
}

/** What two paths have in common that lead to one file, by whatever links; null: there is none. */
export async function identityOf(path: string): Promise<string | null> {
  const info = await stat(path, { bigint: true }).catch(() => null);
  return info && identityIn(info);
}

/** As `identityOf`, at once. @throws what looking at a file throws that may be there */
export function identityOfSync(path: string): string | null {
  const info = statSync(path, { bigint: true, throwIfNoEntry: false });
  return info ? identityIn(info) : null;
}

const identityIn = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/** The message of an error, or whatever else was thrown as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const WRITE_PROBLEMS: Readonly<Record<string, Sentence>> = {
  ENOENT: say('folderMissing'),
  ENOTDIR: say('folderNoFolder'),
  EISDIR: say('isFolder'),
  EACCES: say('denied'),
  EPERM: say('denied'),
  EROFS: say('diskReadOnly'),
  EBUSY: say('heldByOther'),
  ...SYSTEM_REASONS,
  ENXIO: say('pipeUnread'),
  EPIPE: say('pipeLeft'),
};

/**
 * Replaces a file. Readers of `path` see the old one or the whole new one; a device or a pipe is written through.
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE
 */
export async function writeTextFile(path: string, text: string): Promise<void> {
  await replaceFile(path, text);
}

/**
 * As `writeTextFile`, with bytes as they come.
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE, and what `content` throws
 */
export async function replaceFile(path: string, content: string | AsyncIterable<Uint8Array>): Promise<void> {
  if (await isDevice(path)) return writeThrough(path, content);
  const refused = nameProblemOnWindows(path);
  if (refused !== null) throw refused;
  const partPath = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  try {
    {
      await using file = await open(partPath, 'wx');
      await file.writeFile(content);
      await file.sync();
    }
    await takeName(partPath, path);
  } catch (error) {
    await rm(partPath, { force: true }).catch(() => {}); // the folder itself may be no folder
    throw error instanceof WinnowError ? error : writeError(path, error);
  }
}

/** As `open` with 'w'; a pipe that nobody reads is refused instead of waited for. */
const THROUGH =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_TRUNC |
  (process.platform === 'win32' ? 0 : constants.O_NONBLOCK);

/** How long a full pipe is left alone, and one that nobody reads yet. */
const PIPE_WAIT_MS = 20;
/** For a reader that is started together with Winnow. */
const READER_START_MS = 2000;

/** Also where a name such as /dev/stdout leads to a file: the name itself must not be replaced. */
async function isDevice(path: string): Promise<boolean> {
  if (/^\/(dev|proc)\//.test(resolve(path))) return true;
  const there = await stat(path).catch(() => null);
  return there !== null && !there.isFile() && !there.isDirectory();
}

async function writeThrough(path: string, content: string | AsyncIterable<Uint8Array>): Promise<void> {
  try {
    await using file = await openThrough(path);
    if (typeof content === 'string') await writeAll(file, Buffer.from(content));
    else for await (const piece of content) await writeAll(file, piece);
  } catch (error) {
    throw error instanceof WinnowError ? error : writeError(path, error);
  }
}

async function openThrough(path: string): Promise<FileHandle> {
  const deadline = performance.now() + READER_START_MS;
  for (;;) {
    try {
      return await open(path, THROUGH);
    } catch (error) {
      if (errnoOf(error) !== 'ENXIO' || performance.now() > deadline) throw error;
      await sleep(PIPE_WAIT_MS);
    }
  }
}

/** Waits for a pipe's reader without a blocked call of the system, which would outlive every signal. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    try {
      done += (await file.write(bytes, done)).bytesWritten;
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') throw error;
      await sleep(PIPE_WAIT_MS);
    }
  }
}

/** Whether there is a file or folder that this user may see. */
export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether what was thrown says that there is no room left: on the disk, or for this user. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(errnoOf(error));
}

/** Why something could not be written, as the end of a sentence. */
export function writeProblem(error: unknown): Sentence | string {
  return WRITE_PROBLEMS[errnoOf(error)] ?? messageOf(error);
}

/** TARGET_UNWRITABLE or NO_SPACE, for what opening or writing a file threw. */
export function writeError(path: string, error: unknown): WinnowError {
  const errno = errnoOf(error);
  const code = isDiskFull(error) ? 'NO_SPACE' : 'TARGET_UNWRITABLE';
  // Windows says of what would lie below a file that it is not there
  const isBelowFile = errno === 'ENOENT' && statSync(dirname(path), { throwIfNoEntry: false })?.isFile() === true;
  const reason = isBelowFile ? say('folderNoFolder') : writeProblem(error);
  return new WinnowError(code, say('writeFailed', { path, reason }), { path, errno }, error);
}
