// GGUF files seen by a reader that is not Winnow's, and variants of them for tests: other keys, more tensors, other
// alignment, other data.
import { closeSync, openSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { gguf, GGMLQuantizationType, type GGUFValueType } from '@huggingface/gguf';
import { sha256 } from '../hash.ts';
import { Backend } from '../../electron/engine/base/backend/backend.ts';
import { inspectModel, readHeader } from '../../electron/engine/models/inspect.ts';
import type { PlannedTensor } from '../../electron/engine/write/pruning/planned-file.ts';
import { writeGguf } from '../../electron/engine/write/pruning/write-gguf.ts';
import { uniform } from '../../electron/engine/base/statistics/numbers.ts';
import type { GgufEdit } from '../../native/index.ts';
import { runReference, SAMPLE, seededTokens, readFloats, THREADS } from './support.ts';

/** Bytes and elements of a block of each type that the tests meet, from ggml's block structures. */
const BLOCKS: Readonly<Record<string, readonly [bytes: number, elements: number]>> = {
  F32: [4, 1],
  F16: [2, 1],
  I32: [4, 1],
  Q4_0: [18, 32],
  Q5_0: [22, 32],
  Q5_1: [24, 32],
  Q8_0: [34, 32],
  Q3_K: [110, 256],
  Q4_K: [144, 256],
  Q5_K: [176, 256],
  Q6_K: [210, 256],
  IQ4_NL: [18, 32],
  IQ4_XS: [136, 256],
  MXFP4: [17, 32],
};

export type SeenTensor = {
  readonly name: string;
  /** "Q8_0", "F32", … */
  readonly type: string;
  /** ggml order, fastest first. */
  readonly shape: readonly number[];
  readonly bytes: number;
  /** In the file. */
  readonly offset: number;
};

export type SeenGguf = {
  readonly path: string;
  /** Key, type and value, without the counts that the format itself holds. */
  readonly keys: ReadonlyMap<string, { readonly type: GGUFValueType; readonly value: unknown }>;
  readonly tensors: readonly SeenTensor[];
};

/** Reads a file's header with `@huggingface/gguf`; sizes and offsets are computed here. */
export async function seeGguf(path: string): Promise<SeenGguf> {
  const { tensorInfos, tensorDataOffset, typedMetadata } = await gguf(path, {
    allowLocalFile: true,
    typedMetadata: true,
  });
  const keys = new Map(Object.entries(typedMetadata));
  for (const count of ['version', 'tensor_count', 'kv_count']) keys.delete(count);
  const tensors = tensorInfos.map(({ name, shape, dtype, offset }): SeenTensor => {
    const type = GGMLQuantizationType[dtype];
    const [blockBytes, blockElements] = BLOCKS[type] ?? [NaN, 1];
    const elements = shape.reduce((product, n) => product * Number(n), 1);
    return {
      name,
      type,
      shape: shape.map(Number),
      bytes: (elements / blockElements) * blockBytes,
      offset: Number(tensorDataOffset + offset),
    };
  });
  return { path, keys, tensors };
}

export function tensorOf(file: Pick<SeenGguf, 'path' | 'tensors'>, name: string): SeenTensor {
  const found = file.tensors.find((tensor) => tensor.name === name);
  if (!found) throw new Error(`${file.path} has no tensor ${name}`);
  return found;
}

export function readBytes(path: string, offset: number, length: number): Buffer {
  const handle = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(length);
    if (readSync(handle, buffer, 0, length, offset) !== length)
      throw new Error(`${path} ends before ${offset + length}`);
    return buffer;
  } finally {
    closeSync(handle);
  }
}

/** SHA-256 of each slice along a tensor's last axis. */
export function sliceHashes(path: string, tensor: SeenTensor): string[] {
  const count = tensor.shape.at(-1) ?? 1;
  const data = readBytes(path, tensor.offset, tensor.bytes);
  const sliceBytes = tensor.bytes / count;
  return Array.from({ length: count }, (_, i) => sha256(data.subarray(i * sliceBytes, (i + 1) * sliceBytes)));
}

export function tensorHash(file: SeenGguf, name: string): string {
  const { offset, bytes } = tensorOf(file, name);
  return sha256(readBytes(file.path, offset, bytes));
}

/** Names, types, shapes and hashes: everything of a file's tensors but where they lie. */
export function tensorContents(file: SeenGguf): object[] {
  return file.tensors.map(({ name, type, shape }) => ({ name, type, shape, sha256: tensorHash(file, name) }));
}

/**
 * The same tensors in the same order, byte for byte, but for what is cut along its last axis.
 * @param keptOf the slices that a tensor of the source keeps; null: all of it
 */
export function expectCut(source: SeenGguf, result: SeenGguf, keptOf: (tensor: SeenTensor) => number[] | null): void {
  const outline = ({ tensors }: SeenGguf): string[] => tensors.map(({ name, type }) => `${name} ${type}`);
  expect(outline(result)).toEqual(outline(source));
  for (const tensor of source.tensors) {
    const all = readBytes(source.path, tensor.offset, tensor.bytes);
    const { offset, bytes } = tensorOf(result, tensor.name);
    const found = readBytes(result.path, offset, bytes);
    const sliceBytes = tensor.bytes / (tensor.shape.at(-1) ?? 1);
    const slices = keptOf(tensor)?.map((slice) => all.subarray(slice * sliceBytes, (slice + 1) * sliceBytes));
    expect(found.equals(slices === undefined ? all : Buffer.concat(slices)), tensor.name).toBe(true);
  }
}

/** For every layer an arbitrary choice of `keep` experts, ascending. */
export function arbitraryChoice(nLayers: number, nExpert: number, keep: number, seed: number): number[][] {
  return Array.from({ length: nLayers }, (_, layer) => {
    const order = seededTokens(nExpert, 1 << 30, seed * 1000 + layer);
    return Array.from({ length: nExpert }, (_, expert) => expert)
      .sort((a, b) => order[a]! - order[b]!)
      .slice(0, keep)
      .sort((a, b) => a - b);
  });
}

export type Variant = {
  readonly set?: readonly GgufEdit[];
  readonly remove?: readonly string[];
  readonly alignment?: number;
  /** The tensors of the variant, made from the source's. */
  readonly tensors?: (source: readonly PlannedTensor[]) => readonly PlannedTensor[];
};

/** Writes a changed copy of an unsplit GGUF file, a model or not, whether it makes sense or not. */
export async function writeVariant(source: string, target: string, change: Variant): Promise<string> {
  using backend = new Backend();
  const header = await readHeader(source, statSync(source).size, backend);
  const planned = header.tensors.map(({ name, type, ne, bytes, fileOffset }) => ({
    name,
    type,
    ne,
    bytes,
    sourcePath: source,
    ranges: [{ offset: fileOffset, length: bytes }],
  }));
  const alignment = change.alignment ?? header.alignment;
  const set = [...(change.set ?? [])];
  if (change.alignment !== undefined) set.push({ key: 'general.alignment', type: 'uint32', value: alignment });
  const file = {
    path: target,
    keysFrom: source,
    remove: change.remove ?? [],
    set,
    alignment,
    tensors: change.tensors?.(planned) ?? planned,
  };
  await writeGguf(file, { backend, overwrite: true });
  return target;
}

/** A tensor of made-up data for `writeVariant`; the data go to a file in `dir`. */
export function madeTensor(dir: string, name: string, ne: readonly number[], values: Float32Array | Int32Array) {
  const sourcePath = join(dir, `${name}.bin`);
  writeFileSync(sourcePath, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const bytes = values.byteLength;
  const type = values instanceof Int32Array ? 'i32' : 'f32';
  return { name, type, ne, bytes, sourcePath, ranges: [{ offset: 0, length: bytes }] } satisfies PlannedTensor;
}

/** Changes the bytes of a tensor in place. */
export function editTensor(
  path: string,
  { offset, bytes }: Pick<SeenTensor, 'offset' | 'bytes'>,
  change: (bytes: Buffer) => void,
): void {
  const handle = openSync(path, 'r+');
  try {
    const buffer = Buffer.alloc(bytes);
    readSync(handle, buffer, 0, bytes, offset);
    change(buffer);
    writeSync(handle, buffer, 0, bytes, offset);
  } finally {
    closeSync(handle);
  }
}

/** Overwrites a tensor's data in place. */
export async function overwriteTensor(path: string, name: string, values: Float32Array): Promise<void> {
  editTensor(path, tensorOf(await seeGguf(path), name), (bytes) => {
    if (bytes.length !== values.byteLength)
      throw new Error(`${name} has ${bytes.length} bytes, not ${values.byteLength}`);
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  });
}

/** How the reference programs are told a sequence, all of it in one ubatch; the ids go to a file in `dir`. */
export function tokensArgs(tokens: Int32Array, dir: string): string[] {
  const ids = join(dir, 'ids.i32');
  writeFileSync(ids, new Uint8Array(tokens.buffer));
  return ['--ids', ids, '--ubatch', String(tokens.length), '--threads', String(THREADS)];
}

/** Logits of every token in unpatched llama.cpp, `[n_tokens][n_vocab]`, all tokens in one ubatch. */
export async function stockLogits(
  model: string,
  tokens: Int32Array,
  dir: string,
  kvType: 'f16' | 'f32' = 'f16',
): Promise<Float32Array> {
  const out = join(dir, 'logits.f32');
  await runReference('stock-logits', model, out, ...tokensArgs(tokens, dir), '--kv', kvType);
  return readFloats(out);
}

export function maxDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new Error(`${a.length} and ${b.length} values`);
  return a.reduce((max, x, i) => Math.max(max, Math.abs(x - b[i]!)), 0);
}

/** A copy of a generated model that reads text: with the sample's tokenizer, which the generator does not write, in full. */
export async function readingText(source: string, output: string, dir: string, backend: Backend): Promise<string> {
  const [sample, { headers }] = [await inspectModel(SAMPLE, backend), await inspectModel(source, backend)];
  const words = sample.tensors.find(({ name }) => name === 'token_embd.weight')!.ne[1]!;
  const { keys } = await seeGguf(SAMPLE);
  const isOfTokenizer = (key: string): boolean => key.startsWith('tokenizer.');
  const random = uniform(1);
  return writeVariant(source, output, {
    remove: Object.keys(headers[0]!.kv).filter(isOfTokenizer),
    set: Object.entries(sample.headers[0]!.kv)
      .filter(([key]) => isOfTokenizer(key))
      .map(([key, { type }]) => ({ key, type, value: keys.get(key)?.value })),
    tensors: (tensors) =>
      tensors.map((tensor) => {
        if (!/^(token_embd|output)\.weight$/.test(tensor.name)) return tensor;
        const [width = 0] = tensor.ne;
        const values = Float32Array.from({ length: width * words }, () => random() - 0.5);
        return madeTensor(dir, tensor.name, [width, words], values);
      }),
  });
}
