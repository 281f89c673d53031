// Which model a set of files is, by every byte of them. METHOD.md says what that proves; nothing less makes the result of one
// model count as another's.
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
  /** Identities that are known already; without them every byte is read each time. */
  readonly known?: KnownFiles | undefined;
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
export function isUnread({ fingerprint }: Pick<ModelInfo, 'fingerprint'>): boolean {
  return fingerprint === UNREAD;
}

/** A file system's clock may tick only every two seconds: several writes within one tick leave the same time. */
const SETTLED_MS = 3000;

type Identity = ModelIdentity & Pick<IdentifiedInfo, 'state'>;

/**
 * Identifies a model. A remembered identity counts while device, inode, size, and the times of the last write and the last change
 * are the same.
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
 * Checks that nobody wrote to the files or replaced them meanwhile, so that results computed from them belong to the model that they
 * are stored under. A deleted file is unchanged for those who have it open.
 * @throws WinnowError MODEL_CHANGED: somebody did
 */
export async function requireUnchanged({ parts, state }: IdentifiedInfo): Promise<void> {
  const states = state.split(STATES_APART);
  for (const [part, path] of parts.entries()) {
    const now = await stat(path, { bigint: true }).then(stateIn, () => null);
    if (now === null || now === states[part]) continue;
    throw new WinnowError('MODEL_CHANGED', say('changedMeanwhile', { path }), { path });
  }
}

/** Why computing with the files failed: if they were changed meanwhile, the reason is that change, not damage. */
export async function failureOf(info: IdentifiedInfo, error: unknown): Promise<unknown> {
  if (!(error instanceof WinnowError) || error.code !== 'GGUF_CORRUPT') return error;
  return requireUnchanged(info).then(
    () => error,
    (changed: unknown) => changed,
  );
}

/** The remembered identity of the files; null: they were not read whole, or were written to since. */
export async function knownIdentity(parts: readonly string[], known: KnownFiles): Promise<ModelIdentity | null> {
  return known.find((await filesState(parts.map((path) => ({ path })))).state);
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
