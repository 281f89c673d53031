// Which model some files are, by every byte of them. METHOD.md says what that proves; nobody takes the result of one model
// for another's by anything less.
import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { WinnowError } from '../../contract/errors.ts';
import type { GgufHeader, ModelIdentity, ModelInfo, TensorInfo } from '../../contract/model-info.ts';
import { say } from '../../contract/sentences.ts';
import { stateIn } from '../base/files/file-state.ts';
import { readPieces } from '../base/files/read-pieces.ts';
import { readError } from '../base/files/user-files.ts';
import type { KnownFiles } from '../store/known-files.ts';
import { kindredOf } from './kindred.ts';
import { sampledFingerprint } from './sampled-fingerprint.ts';

export type IdentifyOptions = {
  /** Without it every byte is read each time. */
  readonly known?: KnownFiles | undefined;
  readonly signal?: AbortSignal | undefined;
  /** In bytes of all files. Nothing is told of known ones. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
};

type IdentifiedFiles = {
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly headers: readonly GgufHeader[];
  /** The tensors of all parts. */
  readonly tensors: readonly TensorInfo[];
};

/** A model as it was read, and what the file system said of its files then: what is computed from them is this model's while that holds. */
export type IdentifiedInfo = ModelInfo & { readonly state: string };

/** In the place of the fingerprint of what was not read whole. Nothing is stored under it. */
const UNREAD = 'not read yet'.padEnd(64, '-');

/** Whether only what a plan needs is known of the model. */
export function isUnread({ fingerprint }: Pick<ModelInfo, 'fingerprint'>): boolean {
  return fingerprint === UNREAD;
}

/** A file system's clock may tick as seldom as every two seconds: what is written within one tick leaves no trace in it. */
const SETTLED_MS = 3000;

type Identity = ModelIdentity & Pick<IdentifiedInfo, 'state'>;

/**
 * What is remembered is believed while device, inode, size, times of the last write and of the last change are the same.
 * @throws WinnowError MODEL_CHANGED: it was written to meanwhile; FILE_NOT_FOUND, FILE_UNREADABLE; the signal's reason
 */
export async function identify(model: IdentifiedFiles, options: IdentifyOptions = {}): Promise<Identity> {
  const { known, signal, onProgress } = options;
  const { files } = model;
  const before = await filesState(files);
  const remembered = known?.find(before.state);
  if (remembered) return { ...remembered, state: before.state };
  if (known?.isForPlans) return { ...(await identityOf(model, UNREAD)), state: before.state };
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const startedMs = Date.now();
  const hashes: string[] = [];
  let done = 0;
  for (const { path } of files) {
    const read = (bytes: number): void => onProgress?.((done += bytes), total);
    hashes.push(await hashOfFile(path, { signal, onRead: read }));
  }
  const identity = await identityOf(model, fingerprintOfParts(hashes));
  const after = await filesState(files);
  const path = files[0]?.path ?? '';
  if (after.state !== before.state) throw new WinnowError('MODEL_CHANGED', say('changedWhileRead', { path }), { path });
  if (startedMs - before.changedMs >= SETTLED_MS) known?.keep(before.state, identity);
  return { ...identity, state: before.state };
}

async function identityOf(model: IdentifiedFiles, fingerprint: string): Promise<ModelIdentity> {
  return {
    fingerprint,
    sampled: await sampledFingerprint(model.files, model.headers),
    kindred: await kindredOf(model),
  };
}

/**
 * What was computed from the files is the model's by which it is stored: nobody wrote to them meanwhile, or put others in their
 * place. One that was deleted is as it was for those who have it open.
 * @throws WinnowError MODEL_CHANGED: somebody did
 */
export async function requireUnchanged({ parts, state }: Pick<IdentifiedInfo, 'parts' | 'state'>): Promise<void> {
  const states = state.split(STATES_APART);
  for (const [part, path] of parts.entries()) {
    const now = await stat(path, { bigint: true }).then(stateIn, () => null);
    if (now === null || now === states[part]) continue;
    throw new WinnowError('MODEL_CHANGED', say('changedMeanwhile', { path }), { path });
  }
}

/** What computing with the files failed of: a change of them meanwhile, and not damage, where they were changed. */
export async function failureOf(info: Pick<IdentifiedInfo, 'parts' | 'state'>, error: unknown): Promise<unknown> {
  if (!(error instanceof WinnowError) || error.code !== 'GGUF_CORRUPT') return error;
  return requireUnchanged(info).then(
    () => error,
    (changed: unknown) => changed,
  );
}

/** What is remembered of the files; null: they were not read whole, or were written to since. */
export async function knownIdentity(parts: readonly string[], known: KnownFiles): Promise<ModelIdentity | null> {
  return known.find((await filesState(parts.map((path) => ({ path })))).state);
}

/**
 * A model's fingerprint: the SHA-256 of its file, as `sha256sum` prints it; for a split model the SHA-256 over those of its parts.
 * @param hashes of the parts in order, SHA-256, hex
 */
export function fingerprintOfParts(hashes: readonly string[]): string {
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
  /** When the newest of the files was changed. */
  readonly changedMs: number;
};

/** What the file system says of the files: it says something else after anything was written to one. */
async function filesState(files: readonly { readonly path: string }[]): Promise<FilesState> {
  const found = await Promise.all(
    files.map(({ path }) =>
      stat(path, { bigint: true }).catch((error: unknown) => {
        throw readError(path, error);
      }),
    ),
  );
  return {
    state: found.map(stateIn).join(STATES_APART),
    changedMs: Math.max(...found.map(({ mtimeMs, ctimeMs }) => Math.max(Number(mtimeMs), Number(ctimeMs)))),
  };
}
