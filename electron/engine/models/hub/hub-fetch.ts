// The one way out: every request of a hub worker, those of node-llama-cpp's resolver and downloader included. It goes to the
// hub and where the hub leads, encrypted unless the hub itself is not, and takes the user's token to the hub alone. What is
// asked to learn of a file is asked as HEAD, so that not a byte of it comes.
import { setTimeout as delay } from 'node:timers/promises';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import { hubEndpoint } from './address.ts';
import { hubRefusal, unreachable } from './refusals.ts';

const MOST_REDIRECTS = 5;
/** The downloader keeps a list of all pieces of a file. */
const MOST_BYTES = 2 ** 44;
/** How often, and how long at most, a hub is waited for that is busy. */
const TRIES = 4;
const WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** What the hub says of a file. */
export type Facts = { readonly bytes: number; readonly sha256: string | null; readonly etag: string };

type HubFetchOptions = {
  /** As the user typed it. */
  readonly address: string;
  /** Learns what the hub said of a file, or that it said no. */
  readonly onAnswer?: (url: string, answer: Response, facts: Facts | null) => void;
  /** Learns what asking again will not change. Who asked would do so without end: it gets no answer any more. */
  readonly onFailure: (error: WinnowError) => void;
};

const NO_ANSWER = new Promise<never>(() => {});

const systemFetch = globalThis.fetch;

/** Lets all that fetches in this process fetch so, until it is disposed of. */
export function fetchFromHub(options: HubFetchOptions): Disposable {
  const sizes = new Map<string, number>();
  globalThis.fetch = async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init.headers);
    // what ipull asks before it gets anything
    if (isFile(url) && !headers.has('range') && headers.get('accept-encoding') === 'identity') {
      const answer = await patiently(() => headOf(url, headers), options);
      const facts = answer.ok ? factsOf(answer) : null;
      if (answer.ok && facts === null) {
        const sizeless = new WinnowError('HUB_UNAVAILABLE', say('hubSizeless', { address: options.address }), { url });
        options.onFailure(sizeless);
        return NO_ANSWER;
      }
      if (facts !== null) sizes.set(url, facts.bytes);
      options.onAnswer?.(url, answer, facts);
      return answer;
    }
    const response = await followed(url, { ...init, headers }).catch((error: unknown) => {
      if (!(error instanceof WinnowError)) throw error;
      options.onFailure(error);
      return NO_ANSWER;
    });
    if (!isFile(url)) options.onAnswer?.(url, response, null);
    const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
    if (total >= 0 && total !== (sizes.get(url) ?? total)) {
      await response.body?.cancel();
      options.onFailure(changedOnHub(options.address));
      return NO_ANSWER;
    }
    return response;
  };
  return { [Symbol.dispose]: () => void (globalThis.fetch = systemFetch) };
}

/** It is not the file that it was when it was looked at. */
export function changedOnHub(address: string): WinnowError {
  return new WinnowError('HUB_UNAVAILABLE', say('hubChanged', { address }), { address });
}

/** Files lie behind "resolve", on every host that keeps the hub's ways. */
function isFile(url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname.split('/').includes('resolve');
}

type Asked = RequestInit & { readonly headers: Headers };

/** @throws WinnowError HUB_REFUSED: an address that leads out of what is encrypted; what the system's fetch throws */
async function followed(url: string, init: Asked): Promise<Response> {
  let at = url;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const response = await once(at, init);
    const next = nextOf(response, at);
    if (next === null) return response;
    await response.body?.cancel();
    at = next;
  }
  throw new WinnowError('HUB_UNAVAILABLE', say('hubRedirects', { url }), { url });
}

/** One request; its redirect is not followed. */
async function once(url: string, init: Asked): Promise<Response> {
  const hub = hubEndpoint();
  const { protocol, origin } = new URL(url);
  if (protocol !== 'https:' && protocol !== hub.protocol) {
    throw new WinnowError('HUB_REFUSED', say('hubNotEncrypted', { url }), { url });
  }
  const headers = new Headers(init.headers);
  if (origin !== hub.origin) headers.delete('authorization');
  return systemFetch(url, { ...init, headers, redirect: 'manual' });
}

function nextOf(response: Response, at: string): string | null {
  const location = response.headers.get('location');
  const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
  return isRedirect && URL.canParse(location, at) ? new URL(location, at).href : null;
}

/** What the hub says of a file, as an answer from the file's own address: where it leads changes by the hour. */
async function headOf(url: string, headers: Headers): Promise<Response> {
  const said = new Headers();
  let at = url;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const response = await once(at, { method: 'HEAD', headers });
    for (const [name, from] of [
      ['content-length', 'x-linked-size'],
      ['etag', 'x-linked-etag'],
    ] as const) {
      const value = response.headers.get(from);
      if (value !== null && !said.has(name)) said.set(name, value);
    }
    const next = nextOf(response, at);
    if (next === null || said.has('content-length')) return answered(url, response, next !== null, said);
    at = next;
  }
  throw new WinnowError('HUB_UNAVAILABLE', say('hubRedirects', { url }), { url });
}

function answered(url: string, response: Response, isRedirect: boolean, said: Headers): Response {
  const headers = new Headers(isRedirect ? { 'accept-ranges': 'bytes' } : response.headers);
  for (const [name, value] of said) headers.set(name, value);
  const answer = new Response(null, { status: isRedirect ? 200 : response.status, headers });
  return Object.defineProperty(answer, 'url', { value: url });
}

function factsOf({ headers }: Response): Facts | null {
  const bytes = Number(headers.get('content-length') ?? NaN);
  const etag = (headers.get('etag') ?? '').replace(/^W\//, '').replaceAll('"', '');
  if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes > MOST_BYTES) return null;
  return { bytes, etag, sha256: /^[0-9a-f]{64}$/.test(etag) ? etag : null };
}

/** Asks again where the hub is busy or not reached, a few times. */
async function patiently(ask: () => Promise<Response>, options: HubFetchOptions): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const answer = await ask().catch((error: unknown) => unreachable(error));
    const isNoAnswer = answer instanceof WinnowError;
    if (!isNoAnswer && answer.status !== 429 && answer.status < 500) return answer;
    if (tried === TRIES || (isNoAnswer && answer.code === 'HUB_REFUSED')) {
      options.onFailure(isNoAnswer ? answer : hubRefusal(answer, options.address));
      return NO_ANSWER;
    }
    const seconds = isNoAnswer ? NaN : Number(answer.headers.get('retry-after') ?? NaN);
    await delay(Math.min(LONGEST_WAIT_MS, seconds >= 0 ? 1000 * seconds : WAIT_MS * tried));
  }
}
