// Variants of a GGUF file: other keys, other tensors. Written with the engine's own writer.
import type { TensorInfo } from '../../electron/contract/model-info.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel } from '../../electron/engine/models/inspect.ts';
import type { PlannedTensor } from '../../electron/engine/write/pruning/planned-file.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import type { GgufEdit } from '../../native/index.ts';

/** What is not named stays as it is. */
export type GgufChange = {
  readonly set?: readonly GgufEdit[];
  readonly remove?: readonly string[];
  /** The tensor as the new file shall hold it, its data cut to the new size; null leaves it out. */
  readonly tensor?: (tensor: TensorInfo) => Pick<TensorInfo, 'name' | 'ne' | 'bytes'> | null;
};

/** Copies a GGUF file with changes, also ones that make it unusable. */
export async function rewriteGguf(source: string, target: string, change: GgufChange): Promise<void> {
  using backend = new Backend();
  const { headers, tensors } = await inspectModel(source, backend);
  const planned = tensors.flatMap((tensor): PlannedTensor[] => {
    const changed = change.tensor === undefined ? tensor : change.tensor(tensor);
    if (changed === null) return [];
    const { name, ne, bytes } = changed;
    return [
      {
        name,
        type: tensor.type,
        ne,
        bytes,
        sourcePath: source,
        ranges: [{ offset: tensor.fileOffset, length: bytes }],
      },
    ];
  });
  const file = {
    path: target,
    keysFrom: source,
    remove: change.remove ?? [],
    set: change.set ?? [],
    alignment: headers[0]?.alignment ?? 32,
    tensors: planned,
  };
  await writeGguf(file, { backend, overwrite: true });
}
