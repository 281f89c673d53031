// What is asked of the hub, by a hub worker for as long as it is needed, and whether the hub may be contacted at all: what an address
// names, before a byte of its weights is downloaded, with its size and, for a model, how far it would have to be pruned to fit; and its
// files, which are downloaded into Winnow's own folder, where the library finds them.
import { join } from 'node:path';
import { endingHost, type WorkerHost } from '../../base/backend/worker-host.ts';
import { WorkerClient } from '../../base/backend/worker-client.ts';
import type { EngineContext } from '../../store/engine-context.ts';
import { methods, type RemoteFile } from './protocol.ts';
import { z } from 'zod';
import { WinnowError, sentenceBy } from '../../../contract/errors.ts';
import { msg, withTexts, inEnglish } from '../../../contract/sentences.ts';
import type { Store } from '../../store/database.ts';
import { INTERFACE_SETTINGS, getSetting } from '../../store/settings.ts';
import type { FreeMemory } from '../../../contract/api/library.ts';
import { type HubLook, type Got, hubAddressSchema } from '../../../contract/api/hub.ts';
import { Backend } from '../../base/backend/backend.ts';
import { bytesIn, freeBytes, requireSpace } from '../../base/files/free-space.ts';
import { makeScratchFolder, dropResumableFolders, openResumableFolder } from '../../store/scratch-folder.ts';
import { openLoadable } from '../check-load.ts';
import type { ReadModel } from '../inspect.ts';
import { memoryFit, roomFor } from '../library/memory-fit.ts';
import { partPaths } from '../model-files.ts';
import { chatBuffers, keepForBudget, memoryFacts } from '../placement/conversation.ts';
import { modelShape } from '../placement/model-shape.ts';
import { readHubAddress } from './address.ts';
import { createHash } from 'node:crypto';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { addLibraryFolder } from '../../store/library-models.ts';
import type { AtPath, Task } from '../../store/task.ts';

/** The folder that holds files from the hub. */
function hubFolder(home: string): string {
  return join(home, 'hub');
}

/** The path of what an address names on this machine; null: it is not here. Sends no request. @throws WinnowError HUB_REFUSED */
export function findFromHub(
  address: string,
  { home, host }: EngineContext,
  signal: AbortSignal,
): Promise<string | null> {
  return withHub(host, signal, (hub) => hub.call('find', { address, folder: hubFolder(home) }, { signal }));
}

/** Runs work with a hub worker. @param signal ends the worker, whatever it is doing: what it has downloaded stays */
async function withHub<T>(
  host: WorkerHost,
  signal: AbortSignal,
  work: (hub: WorkerClient<typeof methods>) => Promise<T>,
): Promise<T> {
  const hub = new WorkerClient('hub', methods, endingHost(host, signal)({ entry: 'hub', args: [] }));
  try {
    return await work(hub);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await hub.close();
  }
}

/** Values that switch something on, as the hub's own tools read them from the environment. */
const ON = ['1', 'on', 'yes', 'true'];

/** @throws WinnowError HUB_REFUSED, which names the setting that forbids it */
function requireHubAllowed(store: Store, { HF_HUB_OFFLINE = '' }: NodeJS.ProcessEnv = process.env): void {
  if (ON.includes(HF_HUB_OFFLINE.toLowerCase())) throw new WinnowError('HUB_REFUSED', msg('hubOffline'));
  const set = getSetting(store, INTERFACE_SETTINGS, z.object({ allowHub: z.boolean().exactOptional() }));
  if (set?.allowHub === false) throw new WinnowError('HUB_REFUSED', msg('hubNotAllowed'));
}

type Looking = {
  /** Tokens of the conversation that must also fit. */
  readonly ctx: number;
  readonly memory: () => Promise<FreeMemory>;
  readonly signal: AbortSignal;
};

/** @throws WinnowError HUB_REFUSED, HUB_UNAVAILABLE; errors of a header that Winnow does not read; NO_SPACE */
export async function lookOnHub(address: string, context: EngineContext, looking: Looking): Promise<HubLook> {
  const { kind } = readHubAddress(address);
  requireHubAllowed(context.store);
  return withHub(context.host, looking.signal, async (hub) => {
    await using scratch = await makeScratchFolder(context.scratchDir, 'hub');
    const files = await hub.call('look', { address, folder: scratch.path }, looking);
    return {
      files: files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      freeBytes: await freeBytes(hubFolder(context.home)),
      model: kind === 'data' ? null : await look(files, { address, hub, context, folder: scratch.path, ...looking }),
    };
  });
}

type Reading = Looking & {
  readonly address: string;
  readonly hub: WorkerClient<typeof methods>;
  readonly context: EngineContext;
  readonly folder: string;
};

async function look(files: readonly RemoteFile[], reading: Reading): Promise<NonNullable<HubLook['model']>> {
  const { address, hub, context, folder, ctx, memory } = reading;
  const paths = files.map(({ name }) => join(folder, name));
  for (const [i, file] of files.entries()) {
    await hub.call('readHead', { address, file, path: paths[i] ?? '' }, reading);
  }
  using backend = new Backend('off', context.host);
  const model = await openLoadable(paths[0] ?? '', backend).catch((error: unknown) => {
    throw namedByAddress(error, address, paths[0] ?? '');
  });
  const buffers = await chatBuffers(backend, model.info, ctx);
  const machine = await memory();
  const measured = { ...model, shape: modelShape(model) };
  const keep = fittingCount(model, memoryFacts(measured, ctx, buffers), roomFor(machine).memory);
  return {
    ...model.info,
    moeLayers: [...model.info.moeLayers],
    keep,
    fit: memoryFit(measured, { ctx, keep }, machine, buffers),
  };
}

function fittingCount({ info }: ReadModel, facts: ReturnType<typeof memoryFacts>, budgetBytes: number): number | null {
  if (!info.prunable.ok) return null;
  try {
    const keep = keepForBudget({ ...facts, budgetBytes, nExpertUsed: info.nExpertUsed, unit: info.expertsPerBlock });
    return keep === info.nExpert ? null : keep;
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'SELECTION_IMPOSSIBLE') return null;
    throw error;
  }
}

/** Names the address in an error: the faulty header is on the hub, not in the scratch file that it was read from. */
function namedByAddress(error: unknown, address: string, path: string): unknown {
  if (!(error instanceof WinnowError)) return error;
  const parts = partPaths(path);
  const said = withTexts(sentenceBy(error), (text) =>
    parts.reduce((rest, part) => rest.replaceAll(part, address), text),
  );
  return new WinnowError(error.code, said, { address }, error);
}

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
    const file = await hub.call('find', { address, folder }, task);
    if (file !== null) return { path: file, isModel, files: [], bytes: (await stat(file)).size, seconds: 0 };
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
      bytes: sumBytes(files),
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
  const [whose, state] = [hashText(address), hashText(JSON.stringify(files.map(({ bytes, etag }) => [bytes, etag])))];
  using work = await openResumableFolder(`${whose}-${state}`, context, 'download');
  const isOtherState = (name: string): boolean => name.startsWith(`${whose}-`) && name !== `${whose}-${state}`;
  if (await dropResumableFolders('download', context, isOtherState))
    task.log(inEnglish(msg('hubBegunAnew', { address })));
  const isResumed = (await readdir(work.path)).length > 0;
  const missing = sumBytes(files) - (await bytesIn(work.path));
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
    task.log(inEnglish(msg('hubLeftDamaged', { address })));
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
  throw new WinnowError('VERIFY_FAILED', msg('hubFileDiffers', { address, name }), { address, name, sha256, found });
}

function sumBytes(files: readonly RemoteFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
