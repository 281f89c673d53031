// Writes a planned checkpoint into a temporary folder beside its target, reads it back, and renames the folder when all of it is right.
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { exists, isDiskFull, writeError } from '../../base/files/user-files.ts';
import { requireSpace } from '../../base/files/free-space.ts';
import { Unfinished } from '../../base/files/unfinished.ts';
import { nameProblemOnWindows } from '../../base/files/windows.ts';
import { checkSourcesUnchanged, sourceStates } from '../pruning/target-checks.ts';
import { fileBytes, readBack, writeBytes } from '../pruning/write-gguf.ts';
import type { PlannedTensor } from '../pruning/planned-file.ts';
import { invalid, type Checkpoint } from './checkpoint.ts';
import type { CheckpointPlan, PlannedWeights } from './plan-checkpoint.ts';
import { layerTensor } from './records.ts';
import { areFinite, valueBytes } from './safetensors.ts';

type WrittenCheckpointFile = { readonly name: string; readonly bytes: number; readonly sha256: string };

type WriteOptions = {
  readonly signal: AbortSignal;
  /** Bytes done out of the bytes to write and to read back. */
  readonly onProgress: (done: number, total: number) => void;
};

/** @throws WinnowError TARGET_EXISTS: something is there; TARGET_UNWRITABLE: the system does not allow the name */
export async function requireFreeFolder(folder: string): Promise<void> {
  const refused = nameProblemOnWindows(folder);
  if (refused !== null) throw refused;
  const there = await readdir(folder).catch(() => null);
  if (there === null ? !(await exists(folder)) : there.length === 0) return;
  throw new WinnowError('TARGET_EXISTS', msg('checkpointTarget', { path: folder }), { path: folder });
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
  await requireSpace(dirname(folder), [plan.bytes]);
  const states = await sourceStates(plan.weights.map(({ file }) => file));
  try {
    await using unfinished = await Unfinished.folder(folder);
    const { path } = unfinished;
    const total = 2 * plan.bytes;
    let done = 0;
    const report = (bytes: number): void => onProgress((done += bytes), total);
    for (const name of checkpoint.others) await copyOther(join(checkpoint.folder, name), join(path, name), signal);
    for (const [name, text] of plan.texts) await writeFile(join(path, name), text, { flush: true });
    const inside = plan.weights.map((weights) => within(weights, path));
    for (const { header, file } of inside) {
      await using out = await open(file.path, 'wx');
      await writeBytes(out, file, { header, signal, report }, finiteCheck(file.tensors, checkpoint));
    }
    await checkSourcesUnchanged(states);
    const written: WrittenCheckpointFile[] = [];
    for (const { header, file } of inside) {
      const sha256 = await readBack(file.path, file, { header, signal, report });
      written.push({ name: basename(file.path), bytes: fileBytes(file, header.byteLength), sha256 });
    }
    signal.throwIfAborted();
    await unfinished.takePlace();
    return written;
  } catch (error) {
    throw error instanceof WinnowError || signal.aborted ? error : failure(folder, error);
  }
}

/** Copies a file that holds no weights; the copy gets the times and permissions of a new file. */
async function copyOther(from: string, to: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await using source = await open(from, 'r');
  await writeFile(to, source.createReadStream({ autoClose: false }), { signal, flush: true });
}

function within({ header, file }: PlannedWeights, folder: string): PlannedWeights {
  return { header, file: { ...file, path: join(folder, basename(file.path)) } };
}

/**
 * Requires that the layers' weights are finite, as they pass by in the order of their tensors.
 * @returns a function for the next bytes, which throws WinnowError CHECKPOINT_INVALID naming the tensor
 */
function finiteCheck(tensors: readonly PlannedTensor[], { folder, files }: Checkpoint): (bytes: Uint8Array) => void {
  let [at, offset] = [0, 0];
  let rest: Uint8Array = Buffer.alloc(0);
  const check = ({ name, type, sourcePath, ranges: [first] }: PlannedTensor, bytes: Uint8Array): void => {
    if (layerTensor(name) === null) return;
    const values = rest.byteLength === 0 ? bytes : Buffer.concat([rest, bytes]);
    const whole = values.byteLength - (values.byteLength % valueBytes(type));
    rest = Buffer.from(values.subarray(whole)); // the buffer is used again
    // scales of MXFP4 are stored as U8
    const isScale = type === 'U8' && name.endsWith('scales');
    if (areFinite(isScale ? 'F8_E8M0' : type, values.subarray(0, whole))) return;
    // an expert that is kept has another number afterwards
    const before = files
      .find(({ path }) => path === sourcePath)
      ?.tensors.findLast((tensor) => tensor.offset <= (first?.offset ?? 0));
    throw invalid(folder, msg('checkpointNotFinite', { tensor: before?.name ?? name }));
  };
  return (bytes) => {
    for (let place = 0; place < bytes.byteLength && at < tensors.length;) {
      const tensor = tensors[at]!;
      const length = Math.min(bytes.byteLength - place, tensor.bytes - offset);
      check(tensor, bytes.subarray(place, place + length));
      place += length;
      offset += length;
      if (offset === tensor.bytes) [at, offset] = [at + 1, 0];
    }
  };
}

function failure(folder: string, error: unknown): WinnowError {
  return isDiskFull(error)
    ? new WinnowError('NO_SPACE', msg('checkpointDiskFull', { path: folder }), { path: folder }, error)
    : writeError(folder, error);
}
