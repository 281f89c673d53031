// Writes a planned checkpoint into a temporary folder beside its target, reads it back, and renames the folder when all of it is right.
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { exists, isDiskFull, writeError } from '../../base/files/user-files.ts';
import { freeBytes, spaceProblem } from '../../base/files/free-space.ts';
import { nameProblemOnWindows } from '../../base/files/windows.ts';
import { writeFully } from '../../base/files/write-fully.ts';
import { forEachPiece, pieceBuffers, readFully, type PieceBuffers } from '../pruning/source-bytes.ts';
import { checkSourcesUnchanged, sourceStates } from '../pruning/target-checks.ts';
import { notAsPlanned, SYNC_BYTES } from '../pruning/write-gguf.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { CheckpointPlan } from './plan-checkpoint.ts';

type PlannedWeights = CheckpointPlan['weights'][number];

type WrittenCheckpointFile = { readonly name: string; readonly bytes: number; readonly sha256: string };

type WriteOptions = {
  readonly signal: AbortSignal;
  /** Bytes done out of the bytes to write and to read back. */
  readonly onProgress: (done: number, total: number) => void;
};

/** The folder that is written to until the checkpoint is complete. */
const partialFolder = (folder: string): string => `${folder}.part`;

/** Marks a folder that Winnow made, so that what a killed process left can be told from a user's folder. */
const MARK = '.winnow-part';

/** @throws WinnowError TARGET_EXISTS: something is there; TARGET_UNWRITABLE: the system does not allow the name */
export async function requireFreeFolder(folder: string): Promise<void> {
  const refused = nameProblemOnWindows(folder);
  if (refused !== null) throw refused;
  const there = await readdir(folder).catch(() => null);
  if (there === null ? !(await exists(folder)) : there.length === 0) return;
  throw new WinnowError('TARGET_EXISTS', say('checkpointTarget', { path: folder }), { path: folder });
}

/** Requires enough disk space for the checkpoint. @throws WinnowError NO_SPACE */
export async function requireRoom(folder: string, { bytes }: Pick<CheckpointPlan, 'bytes'>): Promise<void> {
  const problem = spaceProblem(dirname(folder), await freeBytes(dirname(folder)), [bytes]);
  if (problem) throw problem;
}

/**
 * Writes the checkpoint. On any failure, and on abort, nothing is left of it. Only one process at a time may write a folder.
 * @returns the written files of weights
 * @throws WinnowError TARGET_EXISTS, TARGET_UNWRITABLE, NO_SPACE, FILE_NOT_FOUND, MODEL_CHANGED, VERIFY_FAILED; the signal's reason
 */
export async function writeCheckpoint(
  plan: CheckpointPlan,
  checkpoint: Checkpoint,
  folder: string,
  { signal, onProgress }: WriteOptions,
): Promise<WrittenCheckpointFile[]> {
  await requireFreeFolder(folder);
  await requireRoom(folder, plan);
  const part = partialFolder(folder);
  const states = await sourceStates(plan.weights.map(({ file }) => file));
  await takePart(part);
  try {
    const buffers = pieceBuffers();
    const total = 2 * plan.bytes;
    let done = 0;
    const report = (bytes: number): void => onProgress((done += bytes), total);
    for (const name of checkpoint.others) await copyOther(join(checkpoint.folder, name), join(part, name), signal);
    for (const [name, text] of plan.texts) await writeFile(join(part, name), text, { flush: true });
    const inPart = plan.weights.map((weights) => within(weights, part));
    for (const weights of inPart) await writeWeights(weights, buffers, signal, report);
    await checkSourcesUnchanged(states);
    const written: WrittenCheckpointFile[] = [];
    const found = Buffer.allocUnsafeSlow(buffers[0].byteLength);
    for (const weights of inPart) written.push(await verify(weights, { buffers, found }, signal, report));
    signal.throwIfAborted();
    await rm(join(part, MARK));
    await rmdir(folder).catch(() => {}); // removes an empty folder
    await rename(part, folder);
    return written;
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error instanceof WinnowError || signal.aborted ? error : failure(folder, error);
  }
}

/** Makes the temporary folder, after removing what a killed process left there. */
async function takePart(part: string): Promise<void> {
  if (await exists(join(part, MARK))) await rm(part, { recursive: true, force: true });
  try {
    await mkdir(dirname(part), { recursive: true });
    await mkdir(part);
    await writeFile(join(part, MARK), '');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new WinnowError('TARGET_EXISTS', say('checkpointTarget', { path: part }), { path: part }, error);
    }
    throw writeError(part, error);
  }
}

/** Copies a file that holds no weights; the copy gets the times and permissions of a new file. */
async function copyOther(from: string, to: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await using source = await open(from, 'r');
  await writeFile(to, source.createReadStream({ autoClose: false }), { signal, flush: true });
}

function within({ header, file }: PlannedWeights, part: string): PlannedWeights {
  return { header, file: { ...file, path: join(part, basename(file.path)) } };
}

async function writeWeights(
  { header, file }: PlannedWeights,
  buffers: PieceBuffers,
  signal: AbortSignal,
  report: (bytes: number) => void,
): Promise<void> {
  await using out = await open(file.path, 'wx');
  let unsynced = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    await writeFully(out, bytes);
    unsynced += bytes.byteLength;
    if (unsynced >= SYNC_BYTES) {
      await out.datasync();
      unsynced = 0;
    }
    report(bytes.byteLength);
  };
  await put(header);
  await forEachPiece(file, buffers, signal, put);
  await out.sync();
}

/** Reads a written file back and compares its header with the plan and its tensors with the source. @throws WinnowError VERIFY_FAILED */
async function verify(
  { header, file }: PlannedWeights,
  { buffers, found }: { readonly buffers: PieceBuffers; readonly found: Buffer },
  signal: AbortSignal,
  report: (bytes: number) => void,
): Promise<WrittenCheckpointFile> {
  const hash = createHash('sha256');
  await using handle = await open(file.path, 'r');
  const { size } = await stat(file.path);
  let position = 0;
  const compare = async (expected: Uint8Array): Promise<void> => {
    for (let at = 0; at < expected.byteLength; at += found.byteLength) {
      const wanted = expected.subarray(at, at + found.byteLength);
      const read = found.subarray(0, wanted.byteLength);
      if (position + read.byteLength > size) throw notAsPlanned(file, `it has ${size} bytes`);
      await readFully(handle, read, position, file.path);
      if (!read.equals(wanted)) throw notAsPlanned(file, `its bytes differ from the source's after ${position}`);
      hash.update(read);
      position += read.byteLength;
    }
    report(expected.byteLength);
  };
  await compare(header);
  await forEachPiece(file, buffers, signal, compare);
  if (position !== size) throw notAsPlanned(file, `it has ${size} bytes instead of ${position}`);
  return { name: basename(file.path), bytes: size, sha256: hash.digest('hex') };
}

function failure(folder: string, error: unknown): WinnowError {
  return isDiskFull(error)
    ? new WinnowError('NO_SPACE', say('checkpointDiskFull', { path: folder }), { path: folder }, error)
    : writeError(folder, error);
}
