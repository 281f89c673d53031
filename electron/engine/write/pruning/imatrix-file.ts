// Reads an importance matrix and checks that it belongs to a model. llama.cpp's quantiser accepts any numbers: with negative sums it
// writes nonsense, and a matrix that matches no tensor changes nothing.
//
// For each weight tensor NAME {n_in, n_out, n_expert} a GGUF imatrix holds the tensors NAME.in_sum2 {n_in, n_expert} and
// NAME.counts {1, n_expert}. One converted from the old format holds NAME.in_sum2 {n_in*n_expert} and one count for all experts.
import { type FileHandle, open } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import type { GgufHeader, TensorInfo } from '../../../contract/model-info.ts';
import { type Sentence, inEnglish, msg } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import { readFully } from './source-bytes.ts';
import type { Task } from '../../store/task.ts';
import { commandText, fileArgument } from '../../base/files/shell-word.ts';
import { blockTensor, expertAxis } from '../../models/expert-tensors.ts';
import { type InspectedModel, checkComplete, readHeader } from '../../models/inspect.ts';
import { openModelFiles } from '../../models/model-files.ts';
import type { ImatrixSource } from '../../store/exports.ts';
import { hashOfFile } from '../../models/identity.ts';
import { keyInteger } from '../../models/gguf-keys.ts';
import { type Cut, keptBlocks } from './kept-blocks.ts';
import { neuronsIn, rowsLeft } from './narrowed.ts';
import type { PlannedFile, PlannedTensor } from './planned-file.ts';
import { isDropped, slice, keptSlices } from './plan.ts';

const STATISTIC = /\.(in_sum2|counts)$/;
/** Tensors of blocks that need no entry: llama.cpp does not quantise them, or multiplies no inputs with them. */
const NOT_WEIGHED = /norm|conv|ffn_gate_inp|ffn_gate_tid2eid/;
/** Bytes of a float32. */
const FLOAT_BYTES = 4;
const CHUNK_FLOATS = 1 << 20;

type HeaderTensor = GgufHeader['tensors'][number];

/** Statistics of one weight's inputs. */
type ImatrixEntry = {
  readonly weight: TensorInfo;
  readonly sums: HeaderTensor;
  readonly counts: HeaderTensor;
};

/** An importance matrix that belongs to a model. */
export type Imatrix = {
  readonly path: string;
  readonly header: GgufHeader;
  /** Entries for the model's weights, in the file's order. */
  readonly entries: readonly ImatrixEntry[];
  readonly covered: NonNullable<ImatrixSource['covered']>;
};

/**
 * Reads the header, and compares names and shapes with the model's.
 * @throws WinnowError FILE_NOT_FOUND, GGUF_CORRUPT; NOT_GGUF: the legacy .dat format, or no matrix; CHOICE_INVALID: it belongs to another model
 */
export async function readImatrix(path: string, model: InspectedModel, backend: Backend): Promise<Imatrix> {
  const header = await readMatrixHeader(resolve(path), model.info.path, backend);
  const statistics = new Map(header.tensors.map((tensor) => [tensor.name, tensor]));
  const weights = new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
  const named = new Set(
    header.tensors.flatMap(({ name }) => (STATISTIC.test(name) ? [name.replace(STATISTIC, '')] : [])),
  );
  const entries = [...named].flatMap((name): ImatrixEntry[] => {
    const weight = weights.get(name);
    return weight ? [toEntry(path, weight, statistics)] : [];
  });
  if (entries.length === 0) {
    throw invalid(path, msg('imatrixMatchesNothing', { path, model: model.info.path }));
  }
  const weighed = model.tensors.filter(isWeighed);
  const names = new Set(entries.map(({ weight }) => weight.name));
  const covered = { weights: weighed.filter(({ name }) => names.has(name)).length, of: weighed.length };
  return { path: resolve(path), header, entries, covered };
}

/**
 * Does the same as `readImatrix` and reads all numbers once. Logs it if some of the model's weights are not covered.
 * @throws WinnowError as `readImatrix`; CHOICE_INVALID: numbers that no text can produce; the signal's reason
 */
export async function checkImatrix(
  path: string,
  model: InspectedModel,
  backend: Backend,
  { signal, log }: Task,
): Promise<Imatrix> {
  const matrix = await readImatrix(path, model, backend);
  const { entries, covered } = matrix;
  await using file = await open(path, 'r');
  for (const entry of entries) {
    signal.throwIfAborted();
    const reason = await numbersProblem({ file, path }, entry);
    if (reason) throw invalid(path, msg('imatrixNumbers', { path, tensor: entry.weight.name, reason }));
  }
  if (covered.weights < covered.of) log(inEnglish(msg('imatrixCovers', { path, ...covered })));
  return matrix;
}

function toEntry(path: string, weight: TensorInfo, statistics: ReadonlyMap<string, HeaderTensor>): ImatrixEntry {
  const [width = 1, , ...more] = weight.ne;
  const count = product(more);
  const [sums, counts] = ['in_sum2', 'counts'].map((name) => statistics.get(`${weight.name}.${name}`));
  const isFloat = sums?.type === 'f32' && counts?.type === 'f32';
  if (!sums || !counts || !isFloat) {
    throw invalid(path, msg('imatrixNumbers', { path, tensor: weight.name, reason: msg('imatrixHalf') }));
  }
  const isOne = product(counts.ne) === 1;
  const wrong = product(sums.ne) !== width * count ? sums : isOne || product(counts.ne) === count ? null : counts;
  if (wrong === null) return { weight, sums, counts };
  const expected = wrong === sums ? width : 1;
  const shape = wrong.ne.join(' × ');
  throw invalid(path, msg('imatrixForeign', { path, tensor: wrong.name, shape, width: expected, count }));
}

type MatrixFile = { readonly file: FileHandle; readonly path: string };

/** Why no text could have produced these numbers; null: they are plausible. */
async function numbersProblem(file: MatrixFile, { sums, counts }: ImatrixEntry): Promise<Sentence | null> {
  const tokens: number[] = [];
  for await (const values of readChunks(file, counts)) tokens.push(...values);
  if (!tokens.every(isSum)) return msg('imatrixNotSums');
  if (!tokens.some((count) => Math.round(count) > 0)) return msg('imatrixNoTokens');
  const width = product(sums.ne) / tokens.length;
  let at = 0;
  let hasInput = false;
  for await (const values of readChunks(file, sums)) {
    for (const value of values) {
      if (!isSum(value)) return msg('imatrixNotSums');
      if (value > 0) {
        hasInput = true;
        if (Math.round(tokens[Math.floor(at / width)]!) === 0) return msg('imatrixSumsOfNothing');
      }
      at++;
    }
  }
  return hasInput ? null : msg('imatrixAllZero');
}

/** Whether a value can be a sum of squares or a count. */
function isSum(value: number): boolean {
  return value >= 0 && value < Infinity;
}

/** Reads float32 values at an offset. @throws WinnowError MODEL_CHANGED at the end of the file */
export async function readFloats({ file, path }: MatrixFile, offset: number, count: number): Promise<Float32Array> {
  const values = new Float32Array(count);
  await readFully(file, Buffer.from(values.buffer), offset, path);
  return values;
}

async function* readChunks(own: MatrixFile, { fileOffset, bytes }: HeaderTensor): AsyncGenerator<Float32Array> {
  const total = bytes / FLOAT_BYTES;
  for (let done = 0; done < total; done += CHUNK_FLOATS) {
    yield await readFloats(own, fileOffset + done * FLOAT_BYTES, Math.min(CHUNK_FLOATS, total - done));
  }
}

function isWeighed({ name, ne }: TensorInfo): boolean {
  const inBlock = blockTensor(name);
  return inBlock !== null && /\.weight$/.test(name) && (ne[1] ?? 1) > 1 && !NOT_WEIGHED.test(inBlock.name);
}

function product(ne: readonly number[]): number {
  return ne.reduce((all, n) => all * n, 1);
}

/** Reads a matrix's header. @param model named in the command that converts an old matrix */
async function readMatrixHeader(path: string, model: string, backend: Backend): Promise<GgufHeader> {
  let file: { path: string; bytes: number } | undefined;
  try {
    [file] = await openModelFiles(path);
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'NOT_GGUF') throw error;
    throw new WinnowError(
      'NOT_GGUF',
      msg('imatrixOld', { path, command: convertCommand(path, model) }),
      { path },
      error,
    );
  }
  if (!file) throw new WinnowError('INTERNAL', 'an importance matrix has at least one file');
  const header = await readHeader(file.path, file.bytes, backend);
  checkComplete(file, header.tensors);
  if (!header.tensors.some(({ name }) => STATISTIC.test(name))) {
    throw new WinnowError('NOT_GGUF', msg('notImatrix', { path }), { path });
  }
  return header;
}

function invalid(path: string, said: Sentence): WinnowError {
  return new WinnowError('CHOICE_INVALID', said, { path });
}

function convertCommand(path: string, model: string): string {
  const words = ['-m', fileArgument(model), '--in-file', fileArgument(path), '-o', 'imatrix.gguf'];
  return commandText(['llama-imatrix', ...words]);
}

/** Plans the importance matrix of a cut model, in no place yet. @param matrix importance matrix of the full model */
export function planImatrix(
  { header, entries, path: sourcePath }: Imatrix,
  { info }: InspectedModel,
  options: Cut,
): PlannedFile {
  const blocks = keptBlocks(info, options);
  const whole = ({ name, type, ne, bytes, fileOffset }: TensorOfFile): PlannedTensor => {
    return { name, type, ne, bytes, sourcePath, ranges: [{ offset: fileOffset, length: bytes }] };
  };
  const tensors = entries.flatMap(({ weight, sums, counts }): PlannedTensor[] => {
    if (isDropped(weight.name, info, blocks)) return [];
    const axis = expertAxis(weight.name);
    const inBlock = blockTensor(weight.name);
    const kept = blocks.experts.get(inBlock?.block ?? -1);
    // a router's input is the same for all experts, so its entry has no expert axis
    if (axis === null || inBlock === null || kept === undefined || weight.ne.length < 3)
      return [whole(sums), whole(counts)];
    const { slices, count } = keptSlices(axis, kept, info);
    const cut = (tensor: TensorOfFile, width: number): PlannedTensor => {
      const part = slice({ ...tensor, ne: [width, count] }, slices, tensor.bytes / count);
      return { ...whole(tensor), ...part, ne: tensor.ne.length > 1 ? part.ne : [width * slices.length] };
    };
    // a converted matrix has one count for all experts
    const isOne = counts.bytes === sums.bytes / (weight.ne[0]! * count);
    const { narrowed } = options;
    const cutSums =
      narrowed && neuronsIn(inBlock) === 'columns'
        ? narrowedSums(whole(sums), sums, rowsLeft(narrowed, inBlock.block, kept, weight.ne[0]!), kept.length)
        : cut(sums, weight.ne[0]!);
    return [cutSums, isOne ? whole(counts) : cut(counts, 1)];
  });
  return { path: '', keysFrom: sourcePath, remove: [], set: [], alignment: header.alignment, tensors };
}

type TensorOfFile = Imatrix['entries'][number]['sums'];

/** The sums of the kept neurons; each is a single value. */
function narrowedSums(
  whole: PlannedTensor,
  { ne, fileOffset }: TensorOfFile,
  left: readonly number[],
  keep: number,
): PlannedTensor {
  const values = slice({ ne, fileOffset }, left, Float32Array.BYTES_PER_ELEMENT);
  return { ...whole, ...values, ne: ne.length > 1 ? [left.length / keep, keep] : [left.length] };
}

/**
 * What a matrix says about itself, and how much of the model it covers.
 * @param runId the run that collected it; undefined: it is a file from elsewhere
 */
export async function imatrixSource(
  { path, header, covered }: Imatrix,
  runId: number | undefined,
): Promise<ImatrixSource> {
  const datasets = header.kv['imatrix.datasets']?.value;
  return {
    name: basename(path),
    sha256: await hashOfFile(path),
    runId: runId ?? null,
    datasets: Array.isArray(datasets) ? datasets.filter((one): one is string => typeof one === 'string') : [],
    chunks: keyInteger(header.kv, 'imatrix.chunk_count'),
    covered,
  };
}
