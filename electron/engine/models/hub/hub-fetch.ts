// The only way out: every request of a hub worker, including those of node-llama-cpp's resolver and downloader. A request goes to
// the hub and wherever the hub redirects it, encrypted unless the hub itself is not, and only the hub gets the user's token.
// Questions about a file are sent as HEAD requests, so that not a byte of it arrives.
import { setTimeout as delay } from 'node:timers/promises';
import { WinnowError } from '../../../contract/errors.ts';
import { msg, type Sentence } from '../../../contract/sentences.ts';
import { hubEndpoint } from './address.ts';

const MOST_REDIRECTS = 5;
/** The largest file: the downloader keeps a list of all pieces of a file. */
const MOST_BYTES = 2 ** 44;
/** How often a busy hub is asked, and how long to wait at first and at most. */
const TRIES = 4;
const WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** What the hub states about a file. */
export type Facts = { readonly bytes: number; readonly sha256: string | null; readonly etag: string };

/** Receives what the hub said about a file, or its refusal. */
type OnAnswer = (url: string, answer: Response, facts: Facts | null) => void;

type HubFetch = Disposable & {
  /** Rejects with an error that another request will not change. Who made the request would retry forever, and gets no answer. */
  readonly failed: Promise<never>;
  readonly fail: (error: unknown) => void;
};

const NO_ANSWER = new Promise<never>(() => {});

const systemFetch = globalThis.fetch;

/**
 * Replaces `fetch` for everything in this process until it is disposed of.
 * @param address as the user typed it
 */
export function fetchFromHub(address: string, onAnswer: OnAnswer = () => {}): HubFetch {
  const sizes = new Map<string, number>();
  const { promise: failed, reject: fail } = Promise.withResolvers<never>();
  failed.catch(() => {});
  const unanswered = (error: WinnowError): Promise<never> => {
    fail(error);
    return NO_ANSWER;
  };
  globalThis.fetch = async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init.headers);
    // the request that ipull makes before it downloads anything
    if (isFile(url) && !headers.has('range') && headers.get('accept-encoding') === 'identity') {
      const answer = await patiently(() => fetchHead(url, headers), address);
      if (answer instanceof WinnowError) return unanswered(answer);
      const facts = answer.ok ? readFacts(answer) : null;
      if (answer.ok && facts === null) {
        return unanswered(new WinnowError('HUB_UNAVAILABLE', msg('hubSizeless', { address }), { url }));
      }
      if (facts !== null) sizes.set(url, facts.bytes);
      onAnswer(url, answer, facts);
      return answer;
    }
    const response = await followed(url, { ...init, headers }).catch((error: unknown) => {
      if (!(error instanceof WinnowError)) throw error;
      return unanswered(error);
    });
    if (!isFile(url)) onAnswer(url, response, null);
    const total = Number(/\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? NaN);
    if (total >= 0 && total !== (sizes.get(url) ?? total)) {
      await response.body?.cancel();
      return unanswered(changedOnHub(address));
    }
    return response;
  };
  return { failed, fail, [Symbol.dispose]: () => void (globalThis.fetch = systemFetch) };
}

/** The error for a file that has changed since it was looked at. */
export function changedOnHub(address: string): WinnowError {
  return new WinnowError('HUB_UNAVAILABLE', msg('hubChanged', { address }), { address });
}

/** Whether an address is a file's: on every host that follows the hub's layout, files have "resolve" in their path. */
function isFile(url: string): boolean {
  return URL.canParse(url) && new URL(url).pathname.split('/').includes('resolve');
}

type Asked = RequestInit & { readonly headers: Headers };

/** Follows redirects. @throws WinnowError HUB_REFUSED: an address that is not encrypted; whatever the system's fetch throws */
async function followed(url: string, init: Asked): Promise<Response> {
  let at = url;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const response = await once(at, init);
    const next = nextUrl(response, at);
    if (next === null) return response;
    await response.body?.cancel();
    at = next;
  }
  throw new WinnowError('HUB_UNAVAILABLE', msg('hubRedirects', { url }), { url });
}

/** Makes one request without following its redirect. */
async function once(url: string, init: Asked): Promise<Response> {
  const hub = hubEndpoint();
  const { protocol, origin } = new URL(url);
  if (protocol !== 'https:' && protocol !== hub.protocol) {
    throw new WinnowError('HUB_REFUSED', msg('hubNotEncrypted', { url }), { url });
  }
  const headers = new Headers(init.headers);
  if (origin !== hub.origin) headers.delete('authorization');
  return systemFetch(url, { ...init, headers, redirect: 'manual' });
}

function nextUrl(response: Response, at: string): string | null {
  const location = response.headers.get('location');
  const isRedirect = response.status >= 300 && response.status < 400 && location !== null;
  return isRedirect && URL.canParse(location, at) ? new URL(location, at).href : null;
}

/** What the hub states about a file, as an answer from the file's own address: its redirects change by the hour. */
async function fetchHead(url: string, headers: Headers): Promise<Response> {
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
    const next = nextUrl(response, at);
    if (next === null || said.has('content-length')) return answered(url, response, next !== null, said);
    at = next;
  }
  throw new WinnowError('HUB_UNAVAILABLE', msg('hubRedirects', { url }), { url });
}

function answered(url: string, response: Response, isRedirect: boolean, said: Headers): Response {
  const headers = new Headers(isRedirect ? { 'accept-ranges': 'bytes' } : response.headers);
  for (const [name, value] of said) headers.set(name, value);
  const answer = new Response(null, { status: isRedirect ? 200 : response.status, headers });
  return Object.defineProperty(answer, 'url', { value: url });
}

function readFacts({ headers }: Response): Facts | null {
  const bytes = Number(headers.get('content-length') ?? NaN);
  const etag = (headers.get('etag') ?? '').replace(/^W\//, '').replaceAll('"', '');
  if (!Number.isSafeInteger(bytes) || bytes <= 0 || bytes > MOST_BYTES) return null;
  return { bytes, etag, sha256: /^[0-9a-f]{64}$/i.test(etag) ? etag.toLowerCase() : null };
}

/** Asks again a few times if the hub is busy or cannot be reached. @returns an error: it is still so, or refused */
async function patiently(ask: () => Promise<Response>, address: string): Promise<Response | WinnowError> {
  for (let tried = 1; ; tried++) {
    const answer = await ask().catch((error: unknown) => unreachable(error));
    const isNoAnswer = answer instanceof WinnowError;
    if (!isNoAnswer && answer.status !== 429 && answer.status < 500) return answer;
    if (tried === TRIES || (isNoAnswer && answer.code === 'HUB_REFUSED')) {
      return isNoAnswer ? answer : hubRefusal(answer, address);
    }
    const seconds = isNoAnswer ? NaN : Number(answer.headers.get('retry-after') ?? NaN);
    await delay(Math.min(LONGEST_WAIT_MS, seconds >= 0 ? 1000 * seconds : WAIT_MS * tried));
  }
}

type Answer = { readonly status: number; readonly url: string; readonly headers: Headers };

/**
 * @param answer an unsuccessful one
 * @param address what was asked for, as the user typed it
 */
export function hubRefusal({ status, url, headers }: Answer, address: string): WinnowError {
  const details = { url: url.replace(/\?.*$/s, ''), status };
  const named = { address, page: repository(url) };
  const refused = (said: Sentence): WinnowError => new WinnowError('HUB_REFUSED', said, details);
  if (headers.get('x-error-code') === 'GatedRepo' || status === 403) return refused(msg('hubGated', named));
  if (status === 401) return refused(msg('hubNoAccess', named));
  if (status < 429) return refused(msg('hubNotThere', named));
  const said = status === 429 ? msg('hubBusy', { address }) : msg('hubFailed', { address, status });
  return new WinnowError('HUB_UNAVAILABLE', said, details);
}

/** The error for what `fetch` throws if there is no answer. */
export function unreachable(error: unknown): WinnowError {
  if (error instanceof WinnowError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WinnowError('HUB_UNAVAILABLE', msg('hubUnreachable', { hub: hubEndpoint().host, reason }), {}, error);
}

/** The page of a file's repository. */
function repository(url: string): string {
  const { origin, pathname } = new URL(url);
  const parts = pathname.split('/').filter((part) => part !== '' && part !== 'v2');
  return `${origin}/${parts.slice(0, parts[0] === 'datasets' ? 3 : 2).join('/')}`;
}
