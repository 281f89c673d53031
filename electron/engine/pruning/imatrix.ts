// Cuts an importance matrix along with its model, so that the pruned model can be requantised with it.
//
// A GGUF imatrix holds for each weight tensor NAME {n_in, n_out, n_expert} the tensors NAME.in_sum2 {n_in, n_expert} and
// NAME.counts {1, n_expert}: the expert axis is the last one here too. One that was converted from the old format holds
// NAME.in_sum2 {n_in*n_expert} and one count for all experts.
import { basename, resolve } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import type { GgufHeader, ModelInfo, TensorInfo } from '../../contract/model-info.ts';
import { say } from '../../contract/sentences.ts';
import type { Backend } from '../backend/backend.ts';
import { commandText, fileArgument } from '../files/shell-word.ts';
import type { InspectedModel } from '../models/inspect.ts';
import { checkComplete, readHeader } from '../models/inspect.ts';
import { openModelFiles } from '../models/model-files.ts';
import { blockTensor, expertAxis } from '../models/expert-tensors.ts';
import { keyInteger } from '../models/gguf-keys.ts';
import type { ImatrixSource } from '../store/exports.ts';
import type { PlannedFile, PlannedTensor } from './planned-file.ts';
import { isDropped, keptPerBlock, slice, slicesOf } from './plan.ts';
import type { PruneOptions } from './prune-options.ts';

const STATISTIC = /\.(in_sum2|counts)$/;

/**
 * @throws WinnowError FILE_NOT_FOUND, NOT_GGUF for the legacy .dat format, MASK_INVALID when it belongs to another model
 */
export async function planImatrix(
  path: string,
  output: string,
  model: InspectedModel,
  options: Pick<PruneOptions, 'kept' | 'nextn'>,
  backend: Backend,
): Promise<PlannedFile> {
  const { info } = model;
  const header = await readImatrix(resolve(path), info, backend);
  const widths = new Map(model.tensors.map(({ name, ne }) => [name, ne[0] ?? 1]));
  const keptByBlock = keptPerBlock(info, options);

  const tensors: PlannedTensor[] = [];
  for (const tensor of header.tensors) {
    const weight = tensor.name.replace(STATISTIC, '');
    if (isDropped(weight, info, options)) continue;
    const whole = {
      ...tensor,
      sourcePath: resolve(path),
      ranges: [{ offset: tensor.fileOffset, length: tensor.bytes }],
    };
    const axis = expertAxis(weight);
    const kept = keptByBlock.get(blockTensor(weight)?.block ?? -1);
    const width = tensor.name.endsWith('.counts') ? 1 : widths.get(weight);
    const oneCount = width === 1 && elements(tensor) === 1;
    // the router's own statistic has no expert axis: all experts see the same input
    const perExpert = !weight.includes('ffn_gate_inp') && !oneCount;
    if (axis === null || !perExpert || kept === undefined || width === undefined) {
      tensors.push(whole);
      continue;
    }
    const { slices, count } = slicesOf(axis, kept, info);
    if (elements(tensor) !== width * count) {
      throw new WinnowError(
        'MASK_INVALID',
        say('imatrixForeign', { path, tensor: tensor.name, shape: tensor.ne.join(' × '), width, count }),
        { path },
      );
    }
    const cut = slice({ ...tensor, ne: [width, count] }, slices, tensor.bytes / count);
    tensors.push({ ...whole, ...cut, ne: tensor.ne.length > 1 ? cut.ne : [width * slices.length] });
  }
  return { path: resolve(output), keysFrom: resolve(path), remove: [], set: [], alignment: header.alignment, tensors };
}

/**
 * What a matrix says of itself.
 * @param runId that collected it; undefined: it is a file from elsewhere
 * @throws WinnowError as `planImatrix`
 */
export async function imatrixSource(
  path: string,
  runId: number | undefined,
  info: ModelInfo,
  backend: Backend,
): Promise<ImatrixSource> {
  const { kv } = await readImatrix(resolve(path), info, backend);
  const datasets = kv['imatrix.datasets']?.value;
  return {
    name: basename(path),
    runId: runId ?? null,
    datasets: Array.isArray(datasets) ? datasets.filter((one): one is string => typeof one === 'string') : [],
    chunks: keyInteger(kv, 'imatrix.chunk_count'),
  };
}

function elements(tensor: Pick<TensorInfo, 'ne'>): number {
  return tensor.ne.reduce((product, n) => product * n, 1);
}

async function readImatrix(path: string, info: ModelInfo, backend: Backend): Promise<GgufHeader> {
  let file: { path: string; bytes: number } | undefined;
  try {
    [file] = await openModelFiles(path);
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'NOT_GGUF') throw error;
    throw new WinnowError(
      'NOT_GGUF',
      say('imatrixOld', { path, command: convertCommand(path, info) }),
      { path },
      error,
    );
  }
  if (!file) throw new WinnowError('INTERNAL', 'an importance matrix has at least one file');
  const header = await readHeader(file.path, file.bytes, backend);
  checkComplete(file, header.tensors);
  if (!header.tensors.some(({ name }) => STATISTIC.test(name))) {
    throw new WinnowError('NOT_GGUF', say('notImatrix', { path }), { path });
  }
  return header;
}

function convertCommand(path: string, { path: model }: ModelInfo): string {
  const words = ['-m', fileArgument(model), '--in-file', fileArgument(path), '-o', 'imatrix.gguf'];
  return commandText(['llama-imatrix', ...words]);
}
