// Which files hold one model in different types: what no quantiser changes is the same in all of them.
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { TensorInfo } from '../../contract/model-info.ts';
import { readPieces } from '../base/files/read-pieces.ts';
import { blockTensor, ROUTER } from './expert-tensors.ts';

type Read = {
  readonly files: readonly { readonly path: string }[];
  readonly headers: readonly { readonly dataOffset: number }[];
  /** The tensors of all parts. */
  readonly tensors: readonly TensorInfo[];
};

/** Header keys that decide what the model computes and how it reads and writes text; names, authors and types are not among them. */
const OF_THE_MODEL = /^(general\.architecture$|tokenizer\.)/;

/**
 * SHA-256, hex, over the architecture, its keys, the vocabulary, the chat template, the names and shapes of all tensors, and the bytes
 * of those that quantisers leave as they are: routers, norms, biases.
 */
export async function kindredOf({ files, headers, tensors }: Read): Promise<string> {
  const hash = createHash('sha256');
  const line = (...of: readonly (string | number | readonly number[])[]): void =>
    void hash.update(`${JSON.stringify(of)}\n`);
  const [{ path } = { path: '' }] = files;
  for (const { key, value } of await modelKeys(path, headers[0]?.dataOffset ?? 0)) {
    line(key, value.byteLength);
    hash.update(value);
  }
  const handles: FileHandle[] = [];
  try {
    for (const file of files) handles.push(await open(file.path, 'r'));
    for (const { name, ne, type, bytes, fileOffset, part } of tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      line(name, ne);
      const file = handles[part];
      if (!file || !isLeftAlone({ name, ne })) continue;
      line(type);
      for await (const piece of readPieces(file, fileOffset, fileOffset + bytes)) hash.update(piece);
    }
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
  }
  return hash.digest('hex');
}

/** Whether llama.cpp keeps a tensor in its type, whatever type the others get. */
function isLeftAlone({ name, ne }: Pick<TensorInfo, 'name' | 'ne'>): boolean {
  return ne.length === 1 || !name.endsWith('.weight') || blockTensor(name)?.name === ROUTER;
}

/** Bytes of a value, by the format's number of its type; texts and lists state their own length. */
const VALUE_BYTES: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const TEXT = 8;
const LIST = 9;

/**
 * Keys with their values as they lie in the file, sorted by name. llama.cpp's own reader, which leaves the vocabulary out, has already
 * found this header to be valid.
 */
async function modelKeys(path: string, headerBytes: number): Promise<{ key: string; value: Buffer }[]> {
  const header = Buffer.alloc(headerBytes);
  await using file = await open(path, 'r');
  await file.read(header, 0, headerBytes, 0);
  let at = 16;
  const long = (): number => Number(header.readBigUInt64LE((at += 8) - 8));
  const int = (): number => header.readUInt32LE((at += 4) - 4);
  const text = (): Buffer => {
    const bytes = long();
    return header.subarray((at += bytes) - bytes, at);
  };
  const skip = (type: number, count: number): void => {
    if (type === TEXT) for (let i = 0; i < count; i++) text();
    else at += count * (VALUE_BYTES[type] ?? 0);
  };
  const keys: { key: string; value: Buffer }[] = [];
  for (let left = long(); left > 0; left--) {
    const key = text().toString('utf8');
    const from = at;
    const type = int();
    if (type === LIST) skip(int(), long());
    else skip(type, 1);
    keys.push({ key, value: header.subarray(from, at) });
  }
  const arch = keys.find(({ key }) => key === 'general.architecture')?.value.toString('utf8', 12) ?? '';
  return keys
    .filter(({ key }) => OF_THE_MODEL.test(key) || key.startsWith(`${arch}.`))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
