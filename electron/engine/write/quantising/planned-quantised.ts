// Predicts what quantising a planned file would write, with a dry run of llama.cpp's own quantiser over the file's header.
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { QUANT_TYPES, type QuantiseOptions, type TensorType, isUnquantised } from '../../../contract/quantise.ts';
import { msg } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { Params, Result } from '../../base/backend/protocol.ts';
import type { PlannedFile } from '../pruning/planned-file.ts';
import { pad } from '../pruning/source-bytes.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { ALIGNMENT_KEY, USUAL_ALIGNMENT } from '../../models/gguf-keys.ts';
import { open } from 'node:fs/promises';
import { buildMeta, fileBytes } from '../pruning/write-gguf.ts';
import { runInNewContext } from 'node:vm';

export type QuantisedBy = {
  readonly options: QuantiseOptions;
  /** Importance matrix of the planned file's experts alone, from `planImatrix`. The written file names the matrix it was cut from. */
  readonly imatrix: PlannedFile | null;
  /** Number of blocks in the model. */
  readonly blockCount: number;
};

export type QuantisedPlan = {
  /** Exact size. */
  readonly bytes: number;
  readonly headerBytes: number;
  /** `type`: name in ggml, such as "q4_K". `lacksImatrix`: the type needs an importance matrix, but the tensor has none. */
  readonly tensors: Result<'quantise'>['tensors'];
};

/** Total bytes of the tensors of each type, largest first. */
export function bytesOfTypes({ tensors }: QuantisedPlan): { readonly type: string; readonly bytes: number }[] {
  const sums = new Map<string, number>();
  for (const { type, bytes } of tensors) sums.set(type, (sums.get(type) ?? 0) + bytes);
  return [...sums].map(([type, bytes]) => ({ type, bytes })).sort((a, b) => b.bytes - a.bytes);
}

/**
 * Bytes for the rows of one tensor that are in memory at once: as read, in single precision, and quantised; few enough to stay in a
 * processor's cache between these steps. In addition a worker holds the rows that are read ahead, llama.cpp itself, and twice the
 * importance matrix. The written bytes do not depend on it.
 */
const BUFFER_BYTES = 16 << 20;

/**
 * Plans exact sizes and types; writes nothing but headers in a scratch folder.
 * @param file as it would be written without quantising
 * @throws WinnowError USAGE: invalid rules; GGUF_CORRUPT: llama.cpp does not read such a model
 */
export async function planQuantised(
  file: PlannedFile,
  by: QuantisedBy,
  { backend, scratchDir }: { readonly backend: Backend; readonly scratchDir: string },
): Promise<QuantisedPlan> {
  await using scratch = await makeScratchFolder(scratchDir, 'quantise');
  const source = await writeSparseSource(file, scratch.path, backend);
  const imatrix = by.imatrix && (await writeSparse(by.imatrix, join(scratch.path, 'imatrix.gguf'), backend));
  return await planFromSource(source, by, imatrix, backend);
}

/**
 * Does the same as `planQuantised` with headers that are already written.
 * @param imatrix path of the importance matrix of `by`; its header is enough
 */
export async function planFromSource(
  source: SparseSource,
  by: QuantisedBy,
  imatrix: string | null,
  backend: Backend,
): Promise<QuantisedPlan> {
  const { tensors, headerBytes } = await backend.call('quantise', {
    ...quantiseParams(source, by, imatrix),
    output: null,
  });
  return {
    bytes: tensors.reduce((sum, { bytes }) => sum + pad(bytes, USUAL_ALIGNMENT), headerBytes),
    headerBytes,
    tensors,
  };
}

/**
 * The parameters for llama.cpp's quantiser, except the output.
 * @param imatrix path of the importance matrix of `by`
 */
export function quantiseParams(
  { input, sources }: SparseSource,
  by: QuantisedBy,
  imatrix: string | null,
): Omit<Params<'quantise'>, 'output'> {
  const { options, blockCount } = by;
  const names = sources.map(({ name }) => name);
  const { rules, outputType, embeddingType } = tensorRules(options, blockCount, names);
  const type = QUANT_TYPES.find(({ name }) => name === options.type);
  if (!type) throw new WinnowError('INTERNAL', `no file type ${options.type}`);
  return {
    input,
    fileType: type.fileType,
    outputType,
    embeddingType,
    rules: rules.map((rule) => ({ ...rule })),
    allowRequantize: options.allowRequantize,
    imatrix,
    imatrixName: imatrixName(by),
    nThreads: availableParallelism(),
    bufferBytes: BUFFER_BYTES,
    sources: [...sources],
  };
}

/** The name of the file that the matrix was cut from, without its folders, which are private. */
function imatrixName({ imatrix }: QuantisedBy): string | null {
  return imatrix === null ? null : basename(imatrix.keysFrom ?? imatrix.path);
}

/** Requires that the plan can be carried out. @throws WinnowError ALREADY_QUANTISED, IMATRIX_MISSING */
export function requireQuantisable({ tensors }: QuantisedPlan, by: QuantisedBy): void {
  const { options } = by;
  const again = tensors.filter(({ sourceType, type }) => sourceType !== type && !isUnquantised(sourceType));
  if (again.length > 0 && !options.allowRequantize) {
    const types = [...new Set(again.map(({ sourceType }) => sourceType))].join(', ');
    throw new WinnowError('ALREADY_QUANTISED', msg('quantisedAlready', { tensors: again.length, types }), {
      types,
      tensors: again.length,
    });
  }
  const lacksImatrix = tensors.flatMap((tensor) => (tensor.lacksImatrix ? [tensor.name] : []));
  const [first] = lacksImatrix;
  if (first === undefined) return;
  const { type } = options;
  const matrix = imatrixName(by);
  const more = lacksImatrix.length - 1;
  throw new WinnowError(
    'IMATRIX_MISSING',
    matrix === null
      ? msg('quantiseNeedsMatrix', { type })
      : more === 0
        ? msg('matrixLacksOne', { type, matrix, tensor: first })
        : msg('matrixLacksMore', { type, matrix, tensor: first, more }),
    { tensors: lacksImatrix.length },
  );
}

export type SparseSource = {
  readonly input: string;
  /** Where each tensor's bytes lie; `ranges` alternates offset and length. */
  readonly sources: { readonly name: string; readonly path: string; readonly ranges: Float64Array<ArrayBuffer> }[];
  readonly bytes: number;
};

/**
 * Writes the header of a planned file.
 * @param file as it would be written without quantising
 * @param folder where the header is written
 */
export async function writeSparseSource(file: PlannedFile, folder: string, backend: Backend): Promise<SparseSource> {
  // llama.cpp's quantiser uses this alignment, whatever the source's is
  const aligned = { ...file, alignment: USUAL_ALIGNMENT, remove: [...file.remove, ALIGNMENT_KEY] };
  const { tensors } = file;
  return {
    input: await writeSparse(aligned, join(folder, 'source.gguf'), backend),
    sources: tensors.map(({ name, sourcePath, ranges }) => ({
      name,
      path: sourcePath,
      ranges: Float64Array.from(ranges.flatMap(({ offset, length }) => [offset, length])),
    })),
    bytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Writes a file of the planned length that holds the planned header and nothing else. @returns its path */
async function writeSparse(file: PlannedFile, path: string, backend: Backend): Promise<string> {
  const meta = await buildMeta(file, backend);
  await using handle = await open(path, 'w');
  await handle.write(meta);
  await handle.truncate(fileBytes(file, meta.byteLength));
  return path;
}

type TensorRules = {
  readonly rules: readonly { readonly pattern: string; readonly type: TensorType }[];
  readonly outputType: TensorType | null;
  readonly embeddingType: TensorType | null;
};

/** A pattern that takes longer on a model's names keeps llama.cpp, whose expressions are slower, for minutes or for ever. */
const PATTERN_MS = 500;

/** Pattern of all attention projections: attn_q, attn_kv_b, attn_output, … */
const ATTENTION = String.raw`\.attn_`;
/** Pattern of shared experts: ffn_*_shexp. */
const SHARED_EXPERTS = String.raw`\.ffn_\w+_shexp\.`;

/**
 * The patterns for a set of rules.
 * @param blockCount number of blocks in the model
 * @param names the model's tensors
 * @throws WinnowError USAGE: an invalid pattern, or rules that llama.cpp would ignore
 */
export function tensorRules(
  { type, rules }: QuantiseOptions,
  blockCount: number,
  names: readonly string[],
): TensorRules {
  const { tensors = [], firstLayers, lastLayers, attention, sharedExperts, embeddings, output } = rules;
  for (const { pattern } of tensors) requirePattern(pattern, names);
  const list: { pattern: string; type: TensorType }[] = [...tensors];
  if (firstLayers) list.push({ pattern: blocks(0, firstLayers.count), type: firstLayers.type });
  if (lastLayers) list.push({ pattern: blocks(blockCount - lastLayers.count, blockCount), type: lastLayers.type });
  if (attention !== undefined) list.push({ pattern: ATTENTION, type: attention });
  if (sharedExperts !== undefined) list.push({ pattern: SHARED_EXPERTS, type: sharedExperts });
  // llama.cpp ignores patterns for these types
  if (list.length > 0 && isUnquantised(type)) {
    throw new WinnowError('USAGE', msg('oneTypeForAll', { type }));
  }
  return { rules: list, outputType: output ?? null, embeddingType: embeddings ?? null };
}

function requirePattern(pattern: string, names: readonly string[]): void {
  try {
    const find = { pattern: new RegExp(pattern), names };
    runInNewContext('names.forEach((name) => pattern.test(name))', find, { timeout: PATTERN_MS });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? msg('patternEndless') : message;
    throw new WinnowError('USAGE', msg('patternInvalid', { pattern, reason }), { pattern }, error);
  }
}

/** Pattern of the tensors in the blocks from `first` up to, but not including, `end`. */
function blocks(first: number, end: number): string {
  const from = Math.max(0, first);
  const numbers = Array.from({ length: Math.max(0, end - from) }, (_, i) => String(from + i));
  return String.raw`^blk\.(${numbers.join('|')})\.`;
}
