// Tells by the routers whether a GGUF was converted from a checkpoint: converters keep their values, and quantisers leave them alone.
// Equal routers in all layers are no coincidence, but they prove nothing about the other weights.
import { open } from 'node:fs/promises';
import { WinnowError } from '../../../contract/errors.ts';
import type { TensorInfo } from '../../../contract/model-info.ts';
import { say } from '../../../contract/sentences.ts';
import type { InspectedModel } from '../../models/inspect.ts';
import { readFully } from '../pruning/source-bytes.ts';
import type { Checkpoint } from './checkpoint.ts';
import { routerName } from './records.ts';
import { ROUTER } from '../../models/expert-tensors.ts';

/**
 * Compares the routers of all layers with experts, value by value.
 * @returns false: they are stored in types that do not keep the values, such as quantised ones
 * @throws WinnowError MODEL_CHANGED: a router differs
 */
export async function haveSameRouters(
  checkpoint: Checkpoint,
  gguf: InspectedModel,
  signal: AbortSignal,
): Promise<boolean> {
  const { folder, files, moeLayers, record } = checkpoint;
  const tensors = new Map(files.flatMap((file) => file.tensors).map((tensor) => [tensor.name, tensor]));
  const blocks = new Map(gguf.tensors.map((tensor) => [tensor.name, tensor]));
  const { path } = gguf.info;
  for (const layer of moeLayers) {
    signal.throwIfAborted();
    const own = tensors.get(`model.layers.${layer}.${routerName(record)}`);
    const other = blocks.get(`blk.${layer}.${ROUTER}`);
    const differ = (): WinnowError =>
      new WinnowError('MODEL_CHANGED', say('checkpointOtherModel', { path: folder, model: path, layer }), {
        path: folder,
        layer,
      });
    if (!own || !other || own.shape.toReversed().join() !== other.ne.join()) throw differ();
    const place = { path: gguf.info.parts[other.part] ?? path, offset: other.fileOffset, bytes: other.bytes };
    const [ours, theirs] = [await values(own.dtype, own), await values(ggmlType(other), place)];
    if (!ours || !theirs) return false;
    if (!ours.every((value, i) => Object.is(value, theirs[i]))) throw differ();
  }
  return moeLayers.length > 0;
}

function ggmlType({ type }: TensorInfo): string {
  return type.toUpperCase();
}

type Place = { readonly path: string; readonly offset: number; readonly bytes: number };

/** The values of a tensor; null: its type is not read here. */
async function values(dtype: string, { path, offset, bytes }: Place): Promise<Float32Array | null> {
  if (!['F32', 'F16', 'BF16'].includes(dtype)) return null;
  const data = Buffer.alloc(bytes);
  await using file = await open(path, 'r');
  await readFully(file, data, offset, path);
  const { buffer, byteOffset } = data;
  if (dtype === 'F32') return new Float32Array(buffer, byteOffset, bytes / 4);
  if (dtype === 'F16') return Float32Array.from(new Float16Array(buffer, byteOffset, bytes / 2));
  const bits = Uint32Array.from(new Uint16Array(buffer, byteOffset, bytes / 2), (half) => half << 16);
  return new Float32Array(bits.buffer);
}
