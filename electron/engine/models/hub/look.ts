// Which files an address names, according to node-llama-cpp's own resolver: on this machine, by name, and on the hub.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createModelDownloader, resolveModelFile } from 'node-llama-cpp';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { readHubAddress } from './address.ts';
import { fetchFromHub, type Facts } from './hub-fetch.ts';
import type { RemoteFile } from './protocol.ts';
import { hubRefusal, unreachable } from './refusals.ts';

/** The first of the address's files in the folder; null: not all of them are there. */
export async function find(address: string, folder: string): Promise<string | null> {
  const asked = readHubAddress(address);
  if (asked.kind === 'data') return existsSync(join(folder, asked.name)) ? join(folder, asked.name) : null;
  return resolveModelFile(asked.uri, { directory: folder, download: false, cli: false }).catch(() => null);
}

/**
 * @param folder an empty one: files in it would count as already downloaded
 * @throws WinnowError HUB_REFUSED, HUB_UNAVAILABLE
 */
export async function look(address: string, folder: string): Promise<RemoteFile[]> {
  const asked = readHubAddress(address);
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  const answers = new Map<string, { readonly answer: Response; readonly facts: Facts | null }>();
  using _ = fetchFromHub({
    address,
    onAnswer: (url, answer, facts) => void answers.set(url, { answer, facts }),
    onFailure: failed.reject,
  });
  const what = asked.kind === 'model' ? { modelUri: asked.uri } : { modelUri: asked.url, fileName: asked.name };
  const made = createModelDownloader({ ...what, dirPath: folder }).catch((error: unknown) => error);
  const downloader = await Promise.race([made, failed.promise]);
  for (const { answer } of answers.values()) if (!answer.ok) throw hubRefusal(answer, address);
  if (!isDownloader(downloader)) throw unreachable(downloader);
  await downloader.cancel({ deleteTempFile: true });
  // the names of parts differ only in their numbers, so sorting their addresses puts them in order
  const files = [...answers].filter(([, { facts }]) => facts !== null).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return downloader.filesInfo.map(({ fileName }, part) => {
    const [url, { facts }] = files[part] ?? ['', { facts: null }];
    if (facts === null)
      throw new WinnowError('HUB_UNAVAILABLE', say('hubSizeless', { address }), { address, fileName });
    return { name: fileName, url, ...facts };
  });
}

type Downloader = Awaited<ReturnType<typeof createModelDownloader>>;

function isDownloader(made: unknown): made is Downloader {
  return typeof made === 'object' && made !== null && 'filesInfo' in made;
}
