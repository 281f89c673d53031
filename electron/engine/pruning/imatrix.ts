// Cuts an importance matrix along with its model, so that the pruned model can be requantised with it.
//
// A GGUF imatrix holds for each weight tensor NAME the tensors NAME.in_sum2 {n_in, n_expert} and NAME.counts
// {1, n_expert}: the expert axis is the last one here too.
import { resolve } from 'node:path';
import { WinnowError } from '../../contract/errors.ts';
import type { GgufHeader, ModelInfo } from '../../contract/model-info.ts';
import type { Backend } from '../backend/backend.ts';
import { openModelFiles } from '../models/model-files.ts';
import { blockTensor, expertAxis } from './expert-tensors.ts';
import { slice, type PlannedFile, type PlannedTensor, type PruneOptions } from './plan.ts';

const STATISTIC = /\.(in_sum2|counts)$/;

/**
 * @throws WinnowError FILE_NOT_FOUND, NOT_GGUF for the legacy .dat format, MASK_INVALID when it belongs to another model
 */
export async function planImatrix(
  path: string,
  output: string,
  info: ModelInfo,
  options: Pick<PruneOptions, 'kept' | 'nextn'>,
  backend: Backend,
): Promise<PlannedFile> {
  const header = await readImatrix(resolve(path), backend);
  const keptByBlock = new Map(info.moeLayers.map((block, layer) => [block, options.kept[layer] ?? []]));
  for (const block of info.nextnLayers) keptByBlock.set(block, options.kept.at(-1) ?? []);

  const tensors: PlannedTensor[] = [];
  for (const tensor of header.tensors) {
    const weight = tensor.name.replace(STATISTIC, '');
    const block = blockTensor(weight)?.block ?? -1;
    if (options.nextn === 'drop' && info.nextnLayers.includes(block)) continue;
    const whole = {
      ...tensor,
      sourcePath: resolve(path),
      ranges: [{ offset: tensor.fileOffset, length: tensor.bytes }],
    };
    const kept = keptByBlock.get(block);
    // the router's own statistic has no expert axis: all experts see the same input
    const perExpert =
      expertAxis(weight) !== null &&
      kept !== undefined &&
      (tensor.ne.at(-1) ?? 1) > 1 &&
      !weight.includes('ffn_gate_inp');
    if (!perExpert) {
      tensors.push(whole);
      continue;
    }
    const blockSize = expertAxis(weight) === 'expert-block' ? info.expertsPerBlock : 1;
    const count = info.nExpert / blockSize;
    if (tensor.ne.at(-1) !== count) {
      throw new WinnowError(
        'MASK_INVALID',
        `${path} does not belong to this model: ${tensor.name} has ${tensor.ne.at(-1)} experts instead of ${count}.`,
        { path },
      );
    }
    const slices = blockSize === 1 ? kept : kept.filter((e) => e % blockSize === 0).map((e) => e / blockSize);
    tensors.push({ ...whole, ...slice(tensor, slices, tensor.bytes / count) });
  }
  return { path: resolve(output), keysFrom: resolve(path), remove: [], set: [], alignment: header.alignment, tensors };
}

async function readImatrix(path: string, backend: Backend): Promise<GgufHeader> {
  try {
    await openModelFiles(path);
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'NOT_GGUF') throw error;
    throw new WinnowError(
      'NOT_GGUF',
      `${path} is not a GGUF importance matrix. Convert an old one with: llama-imatrix --in-file ${path} -o imatrix.gguf`,
      { path },
      error,
    );
  }
  const header = await backend.call('readGguf', { path });
  if (!header.tensors.some(({ name }) => STATISTIC.test(name))) {
    throw new WinnowError('NOT_GGUF', `${path} is a GGUF file, but not an importance matrix.`, { path });
  }
  return { ...(header as Omit<GgufHeader, 'fileBytes'>), fileBytes: 0 };
}
