// Reads a GGUF's header from the hub. node-llama-cpp's reader asks for the ranges that it needs, and what it receives is also written,
// for Winnow's own readers, to the same offsets of a file that is as long as the hub's and otherwise a hole.
import { open } from 'node:fs/promises';
import { readGgufFileInfo } from 'node-llama-cpp';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { fetchFromHub } from './hub-fetch.ts';
import type { RemoteFile } from './protocol.ts';
import { hubRefusal, unreachable } from './refusals.ts';

/** Headers of models in use have some ten MB; a number in a header can ask for anything. */
const MOST_BYTES = 256 << 20;

/**
 * Writes a header to a file. A damaged header is written as far as it was read: the reader of the file reports what is wrong.
 * @throws WinnowError HUB_REFUSED, HUB_UNAVAILABLE; NO_SPACE
 */
export async function readHead({ url, bytes }: RemoteFile, address: string, path: string): Promise<void> {
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  using _ = fetchFromHub({ address, onFailure: failed.reject });
  const fetchOnce = globalThis.fetch;
  await using file = await open(path, 'wx');
  let written = 0;
  globalThis.fetch = async (input, init) => {
    const response = await fetchOnce(input, init);
    if (!response.ok) return response;
    const start = Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
    if (response.status !== 206 || Number.isNaN(start)) {
      await response.body?.cancel();
      const noRanges = new WinnowError('HUB_UNAVAILABLE', say('hubNoRanges', { address }), { url });
      failed.reject(noRanges);
      throw noRanges;
    }
    const chunk = Buffer.from(await response.arrayBuffer());
    await file.write(chunk, 0, chunk.byteLength, start);
    written = Math.max(written, start + chunk.byteLength);
    if (written > MOST_BYTES)
      failed.reject(new WinnowError('GGUF_CORRUPT', say('hubHeadTooLong', { address }), { url }));
    return new Response(chunk, response);
  };
  const options = { sourceType: 'network', spliceSplitFiles: false, logWarnings: false } as const;
  const read = readGgufFileInfo(url, { ...options, fetchRetryOptions: { retries: 3, minTimeout: 500 } });
  const error = await Promise.race([
    read.then(
      () => null,
      (thrown: unknown) => thrown,
    ),
    failed.promise,
  ]);
  if (error !== null && written === 0) throw refusedAs(error, url, address);
  await file.truncate(bytes);
}

/** The refusal behind an error of the reader, which states the status only in words. */
function refusedAs(error: unknown, url: string, address: string): WinnowError {
  const status = Number(/byte range: (\d{3})/.exec(String(error))?.[1] ?? NaN);
  return Number.isNaN(status) ? unreachable(error) : hubRefusal({ status, url, headers: new Headers() }, address);
}
