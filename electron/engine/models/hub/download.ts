// Downloads files with node-llama-cpp's downloader, which fetches several ranges at a time, retries broken connections, and
// continues from what an earlier attempt left.
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { createModelDownloader, type ModelDownloader } from 'node-llama-cpp';
import { systemLimit, WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { changedOnHub, fetchFromHub } from './hub-fetch.ts';
import type { RemoteFile } from './protocol.ts';
import { hubRefusal, unreachable } from './refusals.ts';

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
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  using _fetch = fetchFromHub({ address, onFailure: failed.reject });
  using _strays = hooks.onStray(failed.reject);
  signal.addEventListener('abort', () => failed.reject(signal.reason), { once: true });
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let downloader: ModelDownloader | undefined;
  let done = 0;
  let doneAt = performance.now();
  const watch = setInterval(() => {
    const now = downloader?.downloadedSize ?? 0;
    if (now !== done) [done, doneAt] = [now, performance.now()];
    onProgress(done, total);
    if (performance.now() - doneAt < stallMs) return;
    failed.reject(
      new WinnowError('HUB_UNAVAILABLE', say('hubStalled', { address, seconds: Math.round(stallMs / 1000) })),
    );
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
    await Promise.race([work(), failed.promise]);
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
