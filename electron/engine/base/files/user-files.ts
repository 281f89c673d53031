// Small files that the user names: read and written whole, with errors that say which file failed and why. A result may replace nothing
// but what Winnow wrote there before, and never what Winnow keeps for itself.
import { constants, statSync, type BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { dirname, resolve, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SYSTEM_REASONS, WinnowError, type ErrorCode } from '../../../contract/errors.ts';
import { displayBytes } from '../../../contract/display-bytes.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { errorCode } from './errno.ts';
import { jsonExcess } from './json-guard.ts';
import { readWhole } from './read-whole.ts';
import { openUnfinished, Unfinished } from './unfinished.ts';
import { nameProblemOnWindows } from './windows.ts';
import { realPath } from './paths.ts';

/**
 * Reads and parses a JSON file.
 * @param invalidCode the error code if the file is not JSON, or larger than `maxBytes`
 * @param signal ends the reading: a pipe may never deliver anything
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
  if (excess !== null) throw new WinnowError(invalidCode, msg('jsonRefused', { path, excess }), { path });
  try {
    // Some editors write a byte order mark at the beginning, which JSON.parse refuses.
    return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new WinnowError(invalidCode, msg('jsonInvalid', { path, reason: messageOf(error) }), { path }, error);
  }
}

/** The first bytes of a model, the file that people most easily confuse with another. */
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
      tooLarge: () => refused(msg('jsonTooLarge', { path, limit: displayBytes(maxBytes) })),
      checkHead: (head) => {
        if (head.subarray(0, GGUF_MAGIC.length).equals(GGUF_MAGIC)) throw refused(msg('ggufNotJson', { path }));
      },
      signal,
    });
  } catch (error) {
    throw error instanceof WinnowError ? error : readError(path, error);
  }
}

const READ_PROBLEMS: Readonly<Record<string, Sentence>> = {
  EACCES: msg('denied'),
  EPERM: msg('denied'),
  EISDIR: msg('isFolderNameFile'),
  EMFILE: SYSTEM_REASONS.EMFILE,
  ENFILE: SYSTEM_REASONS.ENFILE,
};

/** Why something could not be read, as the end of a sentence. */
export function readProblem(error: unknown): Sentence | string {
  return READ_PROBLEMS[errorCode(error)] ?? messageOf(error);
}

/** The FILE_NOT_FOUND or FILE_UNREADABLE error for what opening or reading a file threw. */
export function readError(path: string, error: unknown): WinnowError {
  if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') {
    return new WinnowError('FILE_NOT_FOUND', msg('fileGone', { path }), { path }, error);
  }
  const reason = readProblem(error);
  return new WinnowError(
    'FILE_UNREADABLE',
    msg('readFailed', { path, reason }),
    { path, errno: errorCode(error) },
    error,
  );
}

/**
 * @throws WinnowError USAGE when the output is one of the inputs, under any name
 */
export async function refuseInputAsOutput(output: string, inputs: readonly string[]): Promise<void> {
  const input = await findSameFile(output, inputs);
  if (input === undefined) return;
  throw new WinnowError('USAGE', msg('outputIsInput', { output, input }));
}

/** The first candidate that is the same file as `path`, directly or through a hard or symbolic link. */
async function findSameFile(path: string, candidates: readonly string[]): Promise<string | undefined> {
  const target = await fileIdentity(path);
  if (target === null) return undefined;
  for (const candidate of candidates) if ((await fileIdentity(candidate)) === target) return candidate;
  return undefined;
}

/** A text that is equal for two paths to one file, through any links; null: there is no such file. */
export async function fileIdentity(path: string): Promise<string | null> {
  const info = await stat(path, { bigint: true }).catch(() => null);
  return info && identityIn(info);
}

/** As `fileIdentity`, but synchronous. @throws any error except that the file does not exist */
export function identityOfSync(path: string): string | null {
  const info = statSync(path, { bigint: true, throwIfNoEntry: false });
  return info ? identityIn(info) : null;
}

const identityIn = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/** The message of an error; anything else that was thrown, as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const WRITE_PROBLEMS: Readonly<Record<string, Sentence>> = {
  ENOENT: msg('folderMissing'),
  ENOTDIR: msg('folderNoFolder'),
  EISDIR: msg('isFolder'),
  EACCES: msg('denied'),
  EPERM: msg('denied'),
  EROFS: msg('diskReadOnly'),
  EBUSY: msg('heldByOther'),
  ...SYSTEM_REASONS,
  ENXIO: msg('pipeUnread'),
  EPIPE: msg('pipeLeft'),
};

/**
 * Replaces a file. Readers of `path` see either the old file or the whole new one; devices and pipes are written to directly.
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE
 */
export async function writeTextFile(path: string, text: string): Promise<void> {
  await replaceFile(path, text);
}

/**
 * As `writeTextFile`, but writes bytes as they arrive.
 * @throws WinnowError TARGET_UNWRITABLE, NO_SPACE, and what `content` throws
 */
export async function replaceFile(path: string, content: string | AsyncIterable<Uint8Array>): Promise<void> {
  if (await isDevice(path)) return writeThrough(path, content);
  const refused = nameProblemOnWindows(path);
  if (refused !== null) throw refused;
  try {
    await using unfinished = await Unfinished.file(path);
    {
      await using file = await openUnfinished(unfinished.path);
      await file.writeFile(content);
      await file.sync();
    }
    await unfinished.takePlace();
  } catch (error) {
    throw error instanceof WinnowError ? error : writeError(path, error);
  }
}

/** As `open` with 'w', but a pipe without a reader is refused instead of waited for. */
const THROUGH =
  constants.O_WRONLY |
  constants.O_CREAT |
  constants.O_TRUNC |
  (process.platform === 'win32' ? 0 : constants.O_NONBLOCK);

/** The pause before a full pipe, or one without a reader, is tried again. */
const PIPE_WAIT_MS = 20;
/** How long to wait for a reader that is started together with Winnow. */
const READER_START_MS = 2000;

/** Whether a path is a device or a pipe. A name such as /dev/stdout counts even if it leads to a file: it must not be replaced itself. */
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
      if (errorCode(error) !== 'ENXIO' || performance.now() > deadline) throw error;
      await sleep(PIPE_WAIT_MS);
    }
  }
}

/** Waits for a pipe's reader without a blocking system call, which would outlive every signal. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    try {
      done += (await file.write(bytes, done)).bytesWritten;
    } catch (error) {
      if (errorCode(error) !== 'EAGAIN') throw error;
      await sleep(PIPE_WAIT_MS);
    }
  }
}

/** Whether a file or folder exists that this user may see. */
export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether an error says that there is no room left: on the disk, or for this user. */
export function isDiskFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(errorCode(error));
}

/** Why something could not be written, as the end of a sentence. */
export function writeProblem(error: unknown): Sentence | string {
  return WRITE_PROBLEMS[errorCode(error)] ?? messageOf(error);
}

/** The TARGET_UNWRITABLE or NO_SPACE error for what opening or writing a file threw. */
export function writeError(path: string, error: unknown): WinnowError {
  const errno = errorCode(error);
  const code = isDiskFull(error) ? 'NO_SPACE' : 'TARGET_UNWRITABLE';
  // for a path below a file, Windows reports that it does not exist
  const isBelowFile = errno === 'ENOENT' && statSync(dirname(path), { throwIfNoEntry: false })?.isFile() === true;
  const reason = isBelowFile ? msg('folderNoFolder') : writeProblem(error);
  return new WinnowError(code, msg('writeFailed', { path, reason }), { path, errno }, error);
}

const HEAD_BYTES = 4096;

/** What Winnow keeps in its data folder: the database with SQLite's files beside it, and folders. Results may lie beside these. */
const OWN_PLACES = new RegExp(
  String.raw`^(?:winnow\.db|(?:answers|downloads|hub|logs|models|received-tensors|repairs|tmp|unfinished)(?:[/\\]|$))`,
  // other systems ignore case in names
  process.platform === 'linux' ? '' : 'i',
);

/** How each kind of result begins: a repeated command replaces what it wrote before. */
const BEGINNINGS = {
  scores: /^\{"model":\{"path":/,
  report: /^<!doctype html>[^]*<meta name="generator" content="Winnow" \/>/,
  imatrix: /^GGUF[^]*general\.type[^]*imatrix/,
  // also lists of experts for other programs: vLLM, KTransformers, vLLM-Ascend
  choice:
    /^\{(?:\s*"format": "winnow-choice"|"version":1,"model":"[^"]*","pruned_experts":|"logical_count":\[\[\[|"\d+":\[\d)/,
} as const;

/**
 * Checks that a result may be written to a path. Devices and pipes pass: they are written to directly.
 * @param kind what will be written
 * @throws WinnowError TARGET_EXISTS: something else is there; TARGET_UNWRITABLE: a folder, or Winnow's own
 */
export async function checkResultTarget(path: string, kind: keyof typeof BEGINNINGS, ownFolder: string): Promise<void> {
  refuseOwnPlace(path, ownFolder);
  const refused = nameProblemOnWindows(path);
  if (refused !== null) throw refused;
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory()) throw new WinnowError('TARGET_UNWRITABLE', msg('outputIsFolder', { path }), { path });
  if (!there?.isFile() || there.size === 0 || BEGINNINGS[kind].test(await readHead(path))) return;
  throw new WinnowError('TARGET_EXISTS', msg('outputForeign', { path }), { path });
}

/**
 * Refuses the database and the folders beside it as the place of a result, whoever asks and whatever is allowed.
 * @param ownFolder Winnow's data folder, which need not exist
 * @throws WinnowError TARGET_UNWRITABLE when the path leads, through any links, to what Winnow keeps there for itself
 */
export function refuseOwnPlace(path: string, ownFolder: string): void {
  if (!OWN_PLACES.test(relative(realPath(ownFolder), realPath(path)))) return;
  throw new WinnowError('TARGET_UNWRITABLE', msg('outputIsWinnows', { path, folder: ownFolder }), { path });
}

/** @returns an empty text for a file that cannot be read: it is not known to be Winnow's */
async function readHead(path: string): Promise<string> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } catch {
    return '';
  }
}
