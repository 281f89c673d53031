// Who may speak to the server: a browser that opened the printed address once, from a page of this server, under a name
// that cannot be rebound to it. Browsers send a cookie to every port of its host, so any program that listens on one
// can read it: a cookie therefore gives access only to the page's files. Everything else requires the session's key,
// which the page keeps in storage that belongs to this port.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { hostname as machineName, networkInterfaces } from 'node:os';
import { CHANNEL_PROTOCOL, KEY_HEADER } from '../contract/served-session.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
/** A server at one of these listens on all addresses of the machine, and is reached under any name but these. */
const ALL_ADDRESSES = ['0.0.0.0', '::'];

/** A name or an address, and a port: no user, no path. */
const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?$/i;

/** Returns the names under which a browser may reach what listens on `hostname`; the first is the one to tell people. */
export function hostNames(hostname: string): string[] {
  if (!ALL_ADDRESSES.includes(hostname)) return [inUrl(hostname)];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ internal }) => !internal).map(({ address }) => address);
  return [...outside.filter((address) => !isIPv6(address)), ...outside, machineName()].map(inUrl);
}

/** The name in the form of URLs: IPv6 in brackets and shortened, all letters in lower case. */
function inUrl(name: string): string {
  return URL.parse(`http://${isIPv6(name) ? `[${name}]` : name}`)?.hostname ?? name.toLowerCase();
}

/**
 * This many wrong tokens are allowed in the window; further wrong ones are answered with "too many". The right token is
 * always accepted.
 */
const MAX_WRONG_TOKENS = 10;
const WRONG_TOKEN_WINDOW_MS = 60_000;

/** How long an unopened address stays valid: it may end up in a terminal's log. */
const TOKEN_MS = 24 * 3_600_000;
/** The most browsers that are let in at the same time; a further one replaces the one that came first. */
const MAX_SESSIONS = 32;

type Redeemed =
  | { readonly answer: 'wrong' | 'too-many' }
  | {
      readonly answer: 'accepted';
      /** The value of a `set-cookie` header. */
      readonly cookie: string;
      /** For the page only, which sends it with every request. */
      readonly key: string;
    };

export class Access {
  /** Browsers keep cookies by host, not by port: two servers on one machine must not overwrite each other's. */
  readonly #cookie = `winnow_session_${randomBytes(4).toString('hex')}`;
  readonly #names: ReadonlySet<string>;
  /** The key of each session, by the value of its cookie. */
  readonly #sessions = new Map<string, string>();
  readonly #wrongMs: number[] = [];
  #token: { readonly text: string; readonly issuedMs: number } | null = null;

  /** @param hostname the host name that the server listens on */
  constructor(hostname: string) {
    this.#names = new Set([...LOOPBACK_NAMES, ...hostNames(hostname)]);
  }

  /** Returns a new one-time token, and invalidates the previous one. */
  issueToken(nowMs: number = Date.now()): string {
    const text = randomBytes(24).toString('base64url');
    this.#token = { text, issuedMs: nowMs };
    return text;
  }

  redeem(token: string, nowMs: number = Date.now()): Redeemed {
    while (this.#wrongMs[0] !== undefined && this.#wrongMs[0] < nowMs - WRONG_TOKEN_WINDOW_MS) this.#wrongMs.shift();
    if (this.#token !== null && nowMs > this.#token.issuedMs + TOKEN_MS) this.#token = null;
    if (this.#token === null || !sameText(token, this.#token.text)) {
      if (this.#wrongMs.length >= MAX_WRONG_TOKENS) return { answer: 'too-many' };
      this.#wrongMs.push(nowMs);
      return { answer: 'wrong' };
    }
    this.#token = null;
    const session = randomBytes(32).toString('base64url');
    const key = randomBytes(32).toString('base64url');
    this.#sessions.set(session, key);
    for (const oldest of this.#sessions.keys()) if (this.#sessions.size > MAX_SESSIONS) this.#sessions.delete(oldest);
    return { answer: 'accepted', cookie: `${this.#cookie}=${session}; HttpOnly; SameSite=Strict; Path=/`, key };
  }

  /** Whether the request has the cookie of a session, and so may have the page's files. */
  hasSession(request: IncomingMessage): boolean {
    return this.#keys(request).length > 0;
  }

  /** Whether the request was sent with the key of its session, in a header or as a WebSocket's subprotocol. */
  hasKey(request: IncomingMessage): boolean {
    const { [KEY_HEADER]: header, 'sec-websocket-protocol': protocols = '' } = request.headers;
    const [protocol, offered] = protocols.split(',').map((name) => name.trim());
    const key = protocol === CHANNEL_PROTOCOL ? offered : header;
    return typeof key === 'string' && this.#keys(request).some((own) => sameText(own, key));
  }

  /**
   * Returns a ticket with which a browser can begin a download, since a page cannot send its key there. It is valid for
   * this file and the session of that key.
   * @param request has the key
   */
  ticket(request: IncomingMessage, id: string): string {
    const { [KEY_HEADER]: key } = request.headers;
    return makeTicket(String(key), id);
  }

  /** Whether the ticket was given by `ticket` for this file to a session whose cookie was sent. */
  hasTicket(request: IncomingMessage, id: string, ticket: string): boolean {
    return this.#keys(request).some((key) => sameText(makeTicket(key, id), ticket));
  }

  /** The keys of the sessions whose cookies were sent: other programs of this host can add cookies. */
  #keys({ headers }: IncomingMessage): string[] {
    const start = `${this.#cookie}=`;
    return (headers.cookie ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .flatMap((pair) => (pair.startsWith(start) ? (this.#sessions.get(pair.slice(start.length)) ?? []) : []));
  }

  /**
   * Whether a browser shows its user the response. What other pages fetch or embed must not use up the allowed wrong
   * tokens. Browsers send this header to this machine and over HTTPS; a client without it is not a page.
   */
  isOpenedByPerson({ headers }: IncomingMessage): boolean {
    const destination = headers['sec-fetch-dest'];
    return destination === undefined || destination === 'document';
  }

  /**
   * Whether the request names this server. A page of another name that its DNS points at this machine does not. Any
   * port is accepted, since a tunnel may end at another one.
   */
  isForUs({ headers: { host = '' } }: IncomingMessage): boolean {
    const url = HOST.test(host) ? URL.parse(`http://${host}`) : null;
    return url !== null && this.#names.has(url.hostname);
  }

  /** Whether a script of this server's own page sent it. Browsers set Origin on every such request. */
  isFromOurPage(request: IncomingMessage): boolean {
    const { origin, host } = request.headers;
    return this.isForUs(request) && host !== undefined && origin === `http://${host}`;
  }
}

function makeTicket(key: string, id: string): string {
  return createHmac('sha256', key).update(id).digest('base64url');
}

function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
