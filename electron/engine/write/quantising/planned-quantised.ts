// Predicts what quantising a planned file would write, with a dry run of llama.cpp's own quantiser over the file's header.
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { isUnquantised, QUANT_TYPES, type QuantiseOptions } from '../../../contract/quantise.ts';
import { say } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { Params, Result } from '../../base/backend/protocol.ts';
import type { PlannedFile } from '../pruning/planned-file.ts';
import { pad } from '../pruning/source-bytes.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { writeSparse, writeSparseSource, type SparseSource } from './sparse-source.ts';
import { tensorRules } from './tensor-rules.ts';
import { USUAL_ALIGNMENT } from '../../models/gguf-keys.ts';

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
    throw new WinnowError('ALREADY_QUANTISED', say('quantisedAlready', { tensors: again.length, types }), {
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
      ? say('quantiseNeedsMatrix', { type })
      : more === 0
        ? say('matrixLacksOne', { type, matrix, tensor: first })
        : say('matrixLacksMore', { type, matrix, tensor: first, more }),
    { tensors: lacksImatrix.length },
  );
}
