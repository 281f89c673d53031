// Cuts an importance matrix along with its model, which is quantised by it. As in the model, the expert axis of its tensors is the last one.
import { basename } from 'node:path';
import { hashOfFile } from '../../models/identity.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { blockTensor, expertAxis } from '../../models/expert-tensors.ts';
import { keyInteger } from '../../models/gguf-keys.ts';
import type { ImatrixSource } from '../../store/exports.ts';
import type { Imatrix } from './imatrix-file.ts';
import { keptBlocks } from './kept-blocks.ts';
import { neuronsIn, rowsLeft } from './narrowed.ts';
import type { PlannedFile, PlannedTensor } from './planned-file.ts';
import { isDropped, slice, slicesOf } from './plan.ts';
import type { PruneOptions } from './prune-options.ts';

/** Plans the importance matrix of a cut model, in no place yet. @param matrix importance matrix of the full model */
export function planImatrix(
  { header, entries, path: sourcePath }: Imatrix,
  { info }: Pick<InspectedModel, 'info'>,
  options: Pick<PruneOptions, 'kept' | 'nextn' | 'narrowed'>,
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
    const { slices, count } = slicesOf(axis, kept, info);
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
