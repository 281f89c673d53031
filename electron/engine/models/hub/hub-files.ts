// What a hub worker does, with node-llama-cpp: its resolver tells which files an address names, its reader asks for the ranges of a
// GGUF's header, and its downloader fetches several ranges at a time, retries broken connections, and continues from what an earlier
// attempt left.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createModelDownloader, resolveModelFile, readGgufFileInfo, type ModelDownloader } from 'node-llama-cpp';
import { WinnowError, systemLimit } from '../../../contract/errors.ts';
import { msg } from '../../../contract/sentences.ts';
import { readHubAddress } from './address.ts';
import { fetchFromHub, type Facts, changedOnHub, hubRefusal, unreachable } from './hub-fetch.ts';
import type { RemoteFile } from './protocol.ts';
import { open, stat, truncate } from 'node:fs/promises';

/** The first of the address's files in the folder; null: not all of them are there. */
export async function find(address: string, folder: string): Promise<string | null> {
  const target = readHubAddress(address);
  if (target.kind === 'data') return existsSync(join(folder, target.name)) ? join(folder, target.name) : null;
  return resolveModelFile(target.uri, { directory: folder, download: false, cli: false }).catch(() => null);
}

/**
 * The files that an address names on the hub.
 * @param folder an empty one: files in it would count as already downloaded
 * @throws WinnowError HUB_REFUSED, HUB_UNAVAILABLE
 */
export async function look(address: string, folder: string): Promise<RemoteFile[]> {
  const target = readHubAddress(address);
  const answers = new Map<string, { readonly answer: Response; readonly facts: Facts | null }>();
  using hub = fetchFromHub(address, (url, answer, facts) => void answers.set(url, { answer, facts }));
  const what = target.kind === 'model' ? { modelUri: target.uri } : { modelUri: target.url, fileName: target.name };
  const made = createModelDownloader({ ...what, dirPath: folder }).catch((error: unknown) => error);
  const downloader = await Promise.race([made, hub.failed]);
  for (const { answer } of answers.values()) if (!answer.ok) throw hubRefusal(answer, address);
  if (!isDownloader(downloader)) throw unreachable(downloader);
  await downloader.cancel({ deleteTempFile: true });
  // the names of parts differ only in their numbers, so sorting their addresses puts them in order
  const files = [...answers].filter(([, { facts }]) => facts !== null).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return downloader.filesInfo.map(({ fileName }, part) => {
    const [url, { facts }] = files[part] ?? ['', { facts: null }];
    if (facts === null)
      throw new WinnowError('HUB_UNAVAILABLE', msg('hubSizeless', { address }), { address, fileName });
    return { name: fileName, url, ...facts };
  });
}

type Downloader = Awaited<ReturnType<typeof createModelDownloader>>;

function isDownloader(made: unknown): made is Downloader {
  return typeof made === 'object' && made !== null && 'filesInfo' in made;
}

/** Headers of models in use have some ten MB; a number in a header can ask for anything. */
const MOST_BYTES = 256 << 20;

/**
 * Writes what is read of a header to the same offsets of a file that is as long as the hub's and otherwise a hole. A damaged header is written as far as it was read: the reader of the file reports what is wrong.
 * @throws WinnowError HUB_REFUSED, HUB_UNAVAILABLE; NO_SPACE
 */
export async function readHead({ url, bytes }: RemoteFile, address: string, path: string): Promise<void> {
  using hub = fetchFromHub(address);
  const fetchOnce = globalThis.fetch;
  await using file = await open(path, 'wx');
  let written = 0;
  globalThis.fetch = async (input, init) => {
    const response = await fetchOnce(input, init);
    if (!response.ok) return response;
    const start = Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
    if (response.status !== 206 || Number.isNaN(start)) {
      await response.body?.cancel();
      const noRanges = new WinnowError('HUB_UNAVAILABLE', msg('hubNoRanges', { address }), { url });
      hub.fail(noRanges);
      throw noRanges;
    }
    const chunk = Buffer.from(await response.arrayBuffer());
    await file.write(chunk, 0, chunk.byteLength, start);
    written = Math.max(written, start + chunk.byteLength);
    if (written > MOST_BYTES) hub.fail(new WinnowError('GGUF_CORRUPT', msg('hubHeadTooLong', { address }), { url }));
    return new Response(chunk, response);
  };
  const options = { sourceType: 'network', spliceSplitFiles: false, logWarnings: false } as const;
  const read = readGgufFileInfo(url, { ...options, fetchRetryOptions: { retries: 3, minTimeout: 500 } });
  const error = await Promise.race([
    read.then(
      () => null,
      (thrown: unknown) => thrown,
    ),
    hub.failed,
  ]);
  if (error !== null && written === 0) throw refusedAs(error, url, address);
  await file.truncate(bytes);
}

/** The refusal behind an error of the reader, which states the status only in words. */
function refusedAs(error: unknown, url: string, address: string): WinnowError {
  const status = Number(/byte range: (\d{3})/.exec(String(error))?.[1] ?? NaN);
  return Number.isNaN(status) ? unreachable(error) : hubRefusal({ status, url, headers: new Headers() }, address);
}

const LOOK_MS = 250;

type Download = {
  readonly files: readonly RemoteFile[];
  readonly folder: string;
  readonly stallMs: number;
};

type Hooks = {
  readonly address: string;
  readonly signal: AbortSignal;
  /** In bytes. */
  readonly onProgress: (done: number, total: number) => void;
  /** Receives errors from promises that nobody awaits: the downloader does not look at those of its writes. */
  readonly onStray: (listener: (error: unknown) => void) => Disposable;
};

/**
 * Downloads files. What has arrived stays in the folder, whatever happens, except after a full disk: an unwritten part then counts
 * as written. If this fails or is aborted, the process must be ended: the downloader continues, because one that is told to stop
 * gives an almost complete file the name of a complete one.
 * @throws WinnowError HUB_REFUSED, HUB_UNAVAILABLE, NO_SPACE; the signal's reason
 */
export async function download({ files, folder, stallMs }: Download, hooks: Hooks): Promise<void> {
  const { address, signal, onProgress } = hooks;
  using hub = fetchFromHub(address);
  using _strays = hooks.onStray(hub.fail);
  signal.addEventListener('abort', () => hub.fail(signal.reason), { once: true });
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let downloader: ModelDownloader | undefined;
  let done = 0;
  let doneAt = performance.now();
  const watch = setInterval(() => {
    const now = downloader?.downloadedSize ?? 0;
    if (now !== done) [done, doneAt] = [now, performance.now()];
    onProgress(done, total);
    if (performance.now() - doneAt < stallMs) return;
    hub.fail(new WinnowError('HUB_UNAVAILABLE', msg('hubStalled', { address, seconds: Math.round(stallMs / 1000) })));
  }, LOOK_MS);
  const work = async (): Promise<void> => {
    const [first] = files;
    if (!first) return;
    const options = { dirPath: folder, fileName: first.name, deleteTempFileOnCancel: false } as const;
    downloader = await createModelDownloader({ modelUri: first.url, ...options });
    if (downloader.totalSize !== total) throw changedOnHub(address);
    await downloader.download();
    for (const file of files) await cutOffNotes(join(folder, file.name), file.bytes);
  };
  try {
    await Promise.race([work(), hub.failed]);
    onProgress(total, total);
  } catch (error) {
    signal.throwIfAborted();
    throw meant(error, address);
  } finally {
    clearInterval(watch);
  }
}

/**
 * The downloader writes notes of its progress after the file's last byte, and does not wait for the last note before it cuts the
 * notes off. A late note stays, so it is cut off here.
 */
async function cutOffNotes(path: string, bytes: number): Promise<void> {
  if ((await stat(path)).size > bytes) await truncate(path, bytes);
}

function meant(error: unknown, address: string): unknown {
  if (error instanceof WinnowError) return error;
  const limit = systemLimit(error);
  if (limit !== null) return limit;
  if (error instanceof Error && 'statusCode' in error && 'url' in error) {
    const answer = { status: Number(error.statusCode), url: String(error.url), headers: new Headers() };
    return hubRefusal(answer, address);
  }
  return unreachable(error);
}
