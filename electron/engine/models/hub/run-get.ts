// The get use case: downloads files from the hub into Winnow's own folder, where the library finds them. Until all of them are there
// and match what the hub stated, they lie in a folder that the same request resumes.
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Got, hubAddressSchema } from '../../../contract/api/hub.ts';
import { WinnowError } from '../../../contract/errors.ts';
import { inEnglish, say } from '../../../contract/sentences.ts';
import { bytesIn, requireSpace } from '../../base/files/free-space.ts';
import type { WorkerClient } from '../../base/backend/worker-client.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { addLibraryFolder } from '../../store/library-models.ts';
import { dropResumableFolders, openResumableFolder, makeScratchFolder } from '../../store/scratch-folder.ts';
import type { AtPath, Task } from '../../store/task.ts';
import { readHubAddress } from './address.ts';
import { hubFolder, requireHubAllowed, withHub } from './hub-process.ts';
import type { RemoteFile, methods } from './protocol.ts';

/** A download is given up after this long without a byte. */
const STALL_MS = 60_000;

export const getRequestSchema = z.object({ address: hubAddressSchema });

/**
 * Downloads what an address names.
 * @throws WinnowError HUB_REFUSED, HUB_UNAVAILABLE, NO_SPACE; VERIFY_FAILED: a file differs from what the hub stated; USAGE: another
 * process is downloading it
 */
export async function runGet(
  { address }: z.infer<typeof getRequestSchema>,
  context: EngineContext,
  task: Task,
  stallMs = STALL_MS,
): Promise<AtPath<Got> & { readonly isModel: boolean }> {
  const begunMs = performance.now();
  const { home, host } = context;
  const folder = hubFolder(home);
  const isModel = readHubAddress(address).kind === 'model';
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return withHub(host, task.signal, async (hub) => {
    const found = await hub.call('find', { address, folder }, task);
    if (found !== null) return { path: found, isModel, files: [], bytes: (await stat(found)).size, seconds: 0 };
    requireHubAllowed(context.store);
    const files = await lookAt(address, hub, context, task);
    const getting = { address, stallMs, hub, context, task };
    if ((await getAll(files, getting)) === 'damaged') await getAll(files, getting);
    // from now on it is in every list of models
    if (isModel) addLibraryFolder(context.store, folder);
    return {
      path: join(folder, files[0]?.name ?? ''),
      isModel,
      files: files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
      bytes: bytesOf(files),
      seconds: (performance.now() - begunMs) / 1000,
    };
  });
}

async function lookAt(
  address: string,
  hub: WorkerClient<typeof methods>,
  context: EngineContext,
  task: Task,
): Promise<RemoteFile[]> {
  await using scratch = await makeScratchFolder(context.scratchDir, 'hub');
  return await hub.call('look', { address, folder: scratch.path }, task);
}

type Getting = {
  readonly address: string;
  readonly stallMs: number;
  readonly hub: WorkerClient<typeof methods>;
  readonly context: EngineContext;
  readonly task: Task;
};

/** @returns `damaged`: what an earlier attempt had left did not become the hub's files, and was removed */
async function getAll(files: readonly RemoteFile[], getting: Getting): Promise<'done' | 'damaged'> {
  const { address, stallMs, hub, context, task } = getting;
  const target = hubFolder(context.home);
  // another state of the files is other work: pieces of one state must not become part of the other
  const [whose, state] = [hashOf(address), hashOf(JSON.stringify(files.map(({ bytes, etag }) => [bytes, etag])))];
  using work = await openResumableFolder(`${whose}-${state}`, context, 'download');
  const isOtherState = (name: string): boolean => name.startsWith(`${whose}-`) && name !== `${whose}-${state}`;
  if (await dropResumableFolders('download', context, isOtherState))
    task.log(inEnglish(say('hubBegunAnew', { address })));
  const isResumed = (await readdir(work.path)).length > 0;
  const missing = bytesOf(files) - (await bytesIn(work.path));
  await requireSpace(target, [missing]).catch(async (error: unknown) => {
    if (!isResumed) await work.remove();
    throw error;
  });
  try {
    const onProgress = (done: number, total: number): void => task.progress(done, total, 'bytes');
    const { signal } = task;
    await hub.call('download', { address, files: [...files], folder: work.path, stallMs }, { signal, onProgress });
    for (const [i, file] of files.entries()) await verify(file, i, files.length, work.path, getting);
  } catch (error) {
    const code = error instanceof WinnowError ? error.code : null;
    // what was written to a full disk, or differs from the hub's file, is useless for resuming
    const isSpoiled = code === 'NO_SPACE' || code === 'VERIFY_FAILED';
    if (isSpoiled || (await readdir(work.path)).length === 0) await work.remove();
    if (!isResumed || code !== 'VERIFY_FAILED') throw error;
    task.log(inEnglish(say('hubLeftDamaged', { address })));
    return 'damaged';
  }
  // the first part is moved last: if it is there, all parts are
  for (const { name } of files.toReversed()) await rename(join(work.path, name), join(target, name));
  await work.remove();
  return 'done';
}

/** @throws WinnowError VERIFY_FAILED */
async function verify(
  { name, bytes, sha256 }: RemoteFile,
  index: number,
  count: number,
  folder: string,
  { address, hub, task }: Getting,
): Promise<void> {
  const path = join(folder, name);
  const { size } = await stat(path);
  const what = (done: number, total: number): void =>
    task.about({ step: { key: 'hashing', done: Math.floor((100 * (index + done / total)) / count), total: 100 } });
  what(0, 1);
  const { signal } = task;
  const found = sha256 === null ? null : await hub.call('hash', { path }, { signal, onProgress: what });
  if (size === bytes && found === sha256) return;
  throw new WinnowError('VERIFY_FAILED', say('hubFileDiffers', { address, name }), { address, name, sha256, found });
}

function bytesOf(files: readonly RemoteFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
