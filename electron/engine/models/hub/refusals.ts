// What it means if the hub refuses a request or does not answer.
import { WinnowError } from '../../../contract/errors.ts';
import { say, type Sentence } from '../../../contract/sentences.ts';
import { hubEndpoint } from './address.ts';

type Answer = Pick<Response, 'status' | 'url' | 'headers'>;

/**
 * @param answer an unsuccessful one
 * @param address what was asked for, as the user typed it
 */
export function hubRefusal({ status, url, headers }: Answer, address: string): WinnowError {
  const details = { url: url.replace(/\?.*$/s, ''), status };
  const named = { address, page: repositoryOf(url) };
  const refused = (said: Sentence): WinnowError => new WinnowError('HUB_REFUSED', said, details);
  if (headers.get('x-error-code') === 'GatedRepo' || status === 403) return refused(say('hubGated', named));
  if (status === 401) return refused(say('hubNoAccess', named));
  if (status < 429) return refused(say('hubNotThere', named));
  const said = status === 429 ? say('hubBusy', { address }) : say('hubFailed', { address, status });
  return new WinnowError('HUB_UNAVAILABLE', said, details);
}

/** The error for what `fetch` throws if there is no answer. */
export function unreachable(error: unknown): WinnowError {
  if (error instanceof WinnowError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new WinnowError('HUB_UNAVAILABLE', say('hubUnreachable', { hub: hubEndpoint().host, reason }), {}, error);
}

/** The page of a file's repository. */
function repositoryOf(url: string): string {
  const { origin, pathname } = new URL(url);
  const parts = pathname.split('/').filter((part) => part !== '' && part !== 'v2');
  return `${origin}/${parts.slice(0, parts[0] === 'datasets' ? 3 : 2).join('/')}`;
}
