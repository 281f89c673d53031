// Which model a set of files is, by every byte of them. METHOD.md says what that proves; nothing less makes the result of one
// model count as another's.
import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { WinnowError } from '../../contract/errors.ts';
import type { GgufHeader, ModelIdentity, ModelInfo, TensorInfo } from '../../contract/model-info.ts';
import { msg } from '../../contract/sentences.ts';
import { stateIn } from '../base/files/file-state.ts';
import { readError } from '../base/files/user-files.ts';
import type { KnownFiles } from '../store/models.ts';
import { ROUTER, blockTensor } from './expert-tensors.ts';
import type { EngineContext } from '../store/engine-context.ts';
import type { Task } from '../store/task.ts';

export type IdentifyOptions = {
  /** Identities that are known already; without them every byte is read each time. */
  readonly identities?: KnownFiles | undefined;
  readonly signal?: AbortSignal | undefined;
  /** In bytes, over all files. Not called for known ones. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

type IdentifiedFiles = {
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly headers: readonly GgufHeader[];
  /** The tensors of all parts. */
  readonly tensors: readonly TensorInfo[];
};

/** A model as it was read, with the state of its files then: results computed from the files are this model's while the state holds. */
export type IdentifiedInfo = ModelInfo & { readonly state: string };

/** Stands in for the fingerprint of a model that was not read whole. Nothing is stored under it. */
const UNREAD = 'not read yet'.padEnd(64, '-');

/** Whether the model was not read whole, so that only what a plan needs is known. */
export function isUnread({ fingerprint }: ModelInfo): boolean {
  return fingerprint === UNREAD;
}

/** A file system's clock may tick only every two seconds: several writes within one tick leave the same time. */
const SETTLED_MS = 3000;

type Identity = ModelIdentity & { readonly state: string };

/**
 * Identifies a model. A remembered identity counts while device, inode, size, and the times of the last write and the last change
 * are the same.
 * @throws WinnowError MODEL_CHANGED: it was written to meanwhile; FILE_NOT_FOUND, FILE_UNREADABLE; the signal's reason
 */
export async function identify(model: IdentifiedFiles, options: IdentifyOptions = {}): Promise<Identity> {
  const { identities, signal, onProgress } = options;
  const { files } = model;
  const before = await filesState(files);
  const remembered = identities?.find(before.state);
  if (remembered) return { ...remembered, state: before.state };
  if (identities?.isForPlans) return { ...(await toIdentity(model, UNREAD)), state: before.state };
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const startedMs = Date.now();
  const hashes: string[] = [];
  let done = 0;
  for (const { path } of files) {
    const read = (bytes: number): void => onProgress?.((done += bytes), total);
    hashes.push(await hashOfFile(path, { signal, onRead: read }));
  }
  const identity = await toIdentity(model, fingerprintOfParts(hashes));
  const after = await filesState(files);
  const path = files[0]?.path ?? '';
  if (after.state !== before.state) throw new WinnowError('MODEL_CHANGED', msg('changedWhileRead', { path }), { path });
  if (startedMs - before.changedMs >= SETTLED_MS) identities?.keep(before.state, identity);
  return { ...identity, state: before.state };
}

async function toIdentity(model: IdentifiedFiles, fingerprint: string): Promise<ModelIdentity> {
  return {
    fingerprint,
    sampled: await sampledFingerprint(model.files, model.headers),
    kindred: await hashKindred(model),
  };
}

/**
 * Checks that nobody wrote to the files or replaced them meanwhile, so that results computed from them belong to the model that they
 * are stored under. A deleted file is unchanged for those who have it open.
 * @throws WinnowError MODEL_CHANGED: somebody did
 */
export async function requireUnchanged({ parts, state }: IdentifiedInfo): Promise<void> {
  const states = state.split(STATES_APART);
  for (const [part, path] of parts.entries()) {
    const now = await stat(path, { bigint: true }).then(stateIn, () => null);
    if (now === null || now === states[part]) continue;
    throw new WinnowError('MODEL_CHANGED', msg('changedMeanwhile', { path }), { path });
  }
}

/** Why computing with the files failed: if they were changed meanwhile, the reason is that change, not damage. */
export async function failureReason(info: IdentifiedInfo, error: unknown): Promise<unknown> {
  if (!(error instanceof WinnowError) || error.code !== 'GGUF_CORRUPT') return error;
  return requireUnchanged(info).then(
    () => error,
    (changed: unknown) => changed,
  );
}

/** The remembered identity of the files; null: they were not read whole, or were written to since. */
export async function knownIdentity(parts: readonly string[], identities: KnownFiles): Promise<ModelIdentity | null> {
  return identities.find((await filesState(parts.map((path) => ({ path })))).state);
}

/**
 * A model's fingerprint: the SHA-256 of its file, as `sha256sum` prints it; for a split model, the SHA-256 over the hashes of its parts.
 * @param hashes of the parts in order, SHA-256, hex
 */
function fingerprintOfParts(hashes: readonly string[]): string {
  const [first = ''] = hashes;
  return hashes.length === 1 ? first : createHash('sha256').update(hashes.join('\n')).digest('hex');
}

/** SHA-256 of all bytes, hex. @throws WinnowError FILE_NOT_FOUND, FILE_UNREADABLE; the signal's reason */
export async function hashOfFile(
  path: string,
  { signal, onRead }: { readonly signal?: AbortSignal | undefined; readonly onRead?: (bytes: number) => void } = {},
): Promise<string> {
  const hash = createHash('sha256');
  try {
    await using file = await open(path, 'r');
    for await (const piece of readPieces(file)) {
      signal?.throwIfAborted();
      hash.update(piece);
      onRead?.(piece.byteLength);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw readError(path, error);
  }
  return hash.digest('hex');
}

const STATES_APART = ' ';

type FilesState = {
  readonly state: string;
  /** When the most recently changed file was changed. */
  readonly changedMs: number;
};

/** The state of the files in the file system: it changes whenever something is written to one. */
async function filesState(files: readonly { readonly path: string }[]): Promise<FilesState> {
  const stats = await Promise.all(
    files.map(({ path }) =>
      stat(path, { bigint: true }).catch((error: unknown) => {
        throw readError(path, error);
      }),
    ),
  );
  return {
    state: stats.map(stateIn).join(STATES_APART),
    changedMs: Math.max(...stats.map(({ mtimeMs, ctimeMs }) => Math.max(Number(mtimeMs), Number(ctimeMs)))),
  };
}

/** Covers the keys and tensor names of most models. */
const HEAD_BYTES = 64 << 10;
/** Samples of the tensor data: models trained further from one another share header and size, but not these. */
const SAMPLES = 256;
const SAMPLE_BYTES = 4 << 10;

/**
 * SHA-256, hex, over each part's size, its first 64 KiB and 256 blocks of 4 KiB that are spread evenly over all parts, together
 * with the keys of all headers.
 * @param files the parts in order with their sizes in bytes
 */
export async function sampledFingerprint(
  files: readonly { readonly path: string; readonly bytes: number }[],
  headers: readonly GgufHeader[],
): Promise<string> {
  return withKeys(await hashOfSamples(files), headers);
}

async function hashOfSamples(files: readonly { readonly path: string; readonly bytes: number }[]): Promise<string> {
  const hash = createHash('sha256');
  const samplesPerPart = Math.max(1, Math.ceil(SAMPLES / files.length));
  for (const { path, bytes } of files) {
    hash.update(`${bytes}\n`);
    await using file = await open(path, 'r');
    const read = async (position: number, length: number): Promise<void> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      hash.update(buffer.subarray(0, bytesRead));
    };
    await read(0, HEAD_BYTES);
    for (let i = 1; i <= samplesPerPart; i++) {
      await read(Math.max(0, Math.floor((bytes * i) / samplesPerPart) - SAMPLE_BYTES), SAMPLE_BYTES);
    }
  }
  return hash.digest('hex');
}

/** Adds the headers' keys to a hash. A chat template lies after the vocabulary, where there may be no sample. */
function withKeys(hashOfData: string, headers: readonly GgufHeader[]): string {
  const hash = createHash('sha256').update(hashOfData);
  const text = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
  for (const { kv } of headers) hash.update(JSON.stringify(kv, text));
  return hash.digest('hex');
}

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
async function hashKindred({ files, headers, tensors }: Read): Promise<string> {
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
    for (const tensor of tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const { bytes, fileOffset } = tensor;
      line(tensor.name, tensor.ne);
      const file = handles[tensor.part];
      if (!file || !isLeftAlone(tensor)) continue;
      line(tensor.type);
      for await (const piece of readPieces(file, fileOffset, fileOffset + bytes)) hash.update(piece);
    }
  } finally {
    await Promise.all(handles.map((handle) => handle.close()));
  }
  return hash.digest('hex');
}

/** Whether llama.cpp keeps a tensor in its type, whatever type the others get. */
function isLeftAlone({ name, ne }: TensorInfo): boolean {
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

/** Bytes. Smaller models are read in a few seconds, which need no progress report. */
export const SOON_READ = 1e9;

/** The options for identifying a model in a job: cancelled with the job, with progress in percent if it takes long enough. */
export function identifying({ identities }: EngineContext, { signal, about }: Task): IdentifyOptions {
  let shown = -1;
  const onProgress = (done: number, total: number): void => {
    const percent = Math.round((100 * done) / total);
    if (percent === shown || total < SOON_READ) return;
    shown = percent;
    about({ step: { key: 'identifying', done: percent, total: 100 } });
  };
  return { identities, signal, onProgress };
}

/** Large enough to reach the speed of a disk. */
const PIECE_BYTES = 4 << 20;

/**
 * Reads a file piece by piece. The next piece is read while the caller works on the current one, whose buffer is then reused.
 * @param to where to stop; absent: at the end of the file
 */
async function* readPieces(file: FileHandle, from = 0, to = Infinity): AsyncGenerator<Buffer, void, void> {
  const size = Math.min(PIECE_BYTES, to - from);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
  const readAt = (turn: 0 | 1, position: number) =>
    file.read(buffers[turn], 0, Math.min(size, to - position), position);
  let turn: 0 | 1 = 0;
  let position = from;
  let reading = readAt(turn, position);
  for (;;) {
    const { buffer, bytesRead } = await reading;
    if (bytesRead === 0) return;
    position += bytesRead;
    turn = turn === 0 ? 1 : 0;
    reading = readAt(turn, position);
    reading.catch(() => {}); // the error is thrown when the read is awaited
    yield buffer.subarray(0, bytesRead);
  }
}
