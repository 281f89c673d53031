// Predicts what quantising a planned file would write, with a dry run of llama.cpp's own quantiser over the file's header.
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { WinnowError } from '../../../contract/errors.ts';
import { isUnquantised, QUANT_TYPES } from '../../../contract/quantise.ts';
import { say } from '../../../contract/sentences.ts';
import type { Backend } from '../../base/backend/backend.ts';
import type { Params } from '../../base/backend/protocol.ts';
import type { PlannedFile } from '../pruning/planned-file.ts';
import type { QuantisedBy, QuantisedPlan } from '../pruning/quantiser.ts';
import { pad } from '../pruning/source-bytes.ts';
import { makeScratchFolder } from '../../store/scratch-folder.ts';
import { writeSparse, writeSparseSource, type SparseSource } from './sparse-source.ts';
import { tensorRules } from './tensor-rules.ts';
import { USUAL_ALIGNMENT } from '../../models/gguf-keys.ts';

/**
 * Bytes for the rows of one tensor that are in memory at once: as read, in single precision, and quantised; few enough to stay in a
 * processor's cache between these steps. In addition a worker holds the rows that are read ahead, llama.cpp itself, and twice the
 * importance matrix. The written bytes do not depend on it.
 */
const BUFFER_BYTES = 16 << 20;

/**
 * Plans exact sizes and types; writes nothing but headers in a scratch folder.
 * @param files the files of one model, as they would be written without quantising
 * @throws WinnowError USAGE: invalid rules; GGUF_CORRUPT: llama.cpp does not read such a model
 */
export async function planQuantised(
  files: readonly PlannedFile[],
  by: QuantisedBy,
  { backend, scratchDir }: { readonly backend: Backend; readonly scratchDir: string },
): Promise<QuantisedPlan> {
  await using scratch = await makeScratchFolder(scratchDir, 'quantise');
  const source = await writeSparseSource(files, scratch.path, backend);
  const imatrix = by.imatrix && (await writeSparse(by.imatrix, join(scratch.path, 'imatrix.gguf'), backend));
  return await planFromSource(files, source, by, imatrix, backend);
}

/**
 * Does the same as `planQuantised` with headers that are already written.
 * @param imatrix path of the importance matrix of `by`; its header is enough
 */
export async function planFromSource(
  files: readonly PlannedFile[],
  source: SparseSource,
  by: QuantisedBy,
  imatrix: string | null,
  backend: Backend,
): Promise<QuantisedPlan> {
  const found = await backend.call('quantise', {
    ...quantiseParams(source, by, imatrix),
    keepSplit: files.length > 1,
    output: null,
  });
  const planned = files.map(({ path }, part) => {
    const tensors = found.tensors.filter((tensor) => tensor.part === part);
    const headerBytes = found.headerBytes[part] ?? 0;
    return {
      path,
      headerBytes,
      bytes: tensors.reduce((sum, { bytes }) => sum + pad(bytes, USUAL_ALIGNMENT), headerBytes),
      tensors: tensors.map(({ name, sourceType, type, bytes }) => ({ name, sourceType, type, bytes })),
    };
  });
  return {
    files: planned,
    bytes: planned.reduce((sum, { bytes }) => sum + bytes, 0),
    keys: found.keys,
    lacksImatrix: found.tensors.filter(({ lacksImatrix }) => lacksImatrix).map(({ name }) => name),
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
): Omit<Params<'quantise'>, 'output' | 'keepSplit'> {
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

/** Requires unquantised weights, unless requantising is allowed. @throws WinnowError ALREADY_QUANTISED */
function requireFirstTime({ files }: QuantisedPlan, { options }: QuantisedBy): void {
  const again = files
    .flatMap(({ tensors }) => tensors)
    .filter(({ sourceType, type }) => sourceType !== type && !isUnquantised(sourceType));
  if (again.length > 0 && !options.allowRequantize) {
    const types = [...new Set(again.map(({ sourceType }) => sourceType))].join(', ');
    throw new WinnowError('ALREADY_QUANTISED', say('quantisedAlready', { tensors: again.length, types }), {
      types,
      tensors: again.length,
    });
  }
}

/** Requires that the plan can be carried out. @throws WinnowError ALREADY_QUANTISED, IMATRIX_MISSING */
export function requireQuantisable(plan: QuantisedPlan, by: QuantisedBy): void {
  requireFirstTime(plan, by);
  const { options } = by;
  const { lacksImatrix } = plan;
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
