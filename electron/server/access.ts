// Who may speak to the server: a browser that opened the printed address once, from a page of this server, under a name
// that cannot be rebound to it. Browsers send a cookie to every port of its host, so that each program which listens on
// one can read it: it opens the page's files alone. All else takes the session's key, which the page keeps in storage
// that belongs to this port.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { hostname as machineName, networkInterfaces } from 'node:os';
import { CHANNEL_PROTOCOL, KEY_HEADER } from '../contract/served-session.ts';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];
/** Who listens on these listens on all addresses of the machine, and is called by any other name than these. */
const ALL_ADDRESSES = ['0.0.0.0', '::'];

/** A name or an address, and a port: no user, no path. */
const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?$/i;

/** How a browser may name what listens on `hostname`, the name to tell people first. */
export function namesOf(hostname: string): string[] {
  if (!ALL_ADDRESSES.includes(hostname)) return [inUrl(hostname)];
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.filter(({ internal }) => !internal).map(({ address }) => address);
  return [...outside.filter((address) => !isIPv6(address)), ...outside, machineName()].map(inUrl);
}

/** As URLs write it: IPv6 in brackets and shortened, letters small. */
function inUrl(name: string): string {
  return URL.parse(`http://${isIPv6(name) ? `[${name}]` : name}`)?.hostname ?? name.toLowerCase();
}

/** Wrong tokens within the window before every further wrong one is told so. None keeps the right one out. */
const MAX_WRONG_TOKENS = 10;
const WRONG_TOKEN_WINDOW_MS = 60_000;

/** An address that nobody opened is void then: it may stand in a terminal's log. */
const TOKEN_MS = 24 * 3_600_000;
/** Browsers that are let in at a time; the one that came first has to leave for another. */
const MAX_SESSIONS = 32;

type Redeemed =
  | { readonly answer: 'wrong' | 'too-many' }
  | {
      readonly answer: 'accepted';
      /** The value of a `set-cookie` header. */
      readonly cookie: string;
      /** For the page alone: it sends this with all that it asks. */
      readonly key: string;
    };

export class Access {
  /** Browsers keep cookies by host, not by port: two servers on one machine must not take each other's. */
  readonly #cookie = `winnow_session_${randomBytes(4).toString('hex')}`;
  readonly #names: ReadonlySet<string>;
  /** The key of each, by the value of its cookie. */
  readonly #sessions = new Map<string, string>();
  readonly #wrongMs: number[] = [];
  #token: { readonly text: string; readonly issuedMs: number } | null = null;

  /** @param hostname that the server listens on */
  constructor(hostname: string) {
    this.#names = new Set([...LOOPBACK_NAMES, ...namesOf(hostname)]);
  }

  /** A new one-time token; the one before it is void. */
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

  /** Whether its cookie is a session's: it may have the page's files. */
  hasSession(request: IncomingMessage): boolean {
    return this.#keys(request).length > 0;
  }

  /** Whether it was sent with the key of its session, by a header or as a WebSocket's subprotocol. */
  hasKey(request: IncomingMessage): boolean {
    const { [KEY_HEADER]: header, 'sec-websocket-protocol': protocols = '' } = request.headers;
    const [protocol, offered] = protocols.split(',').map((name) => name.trim());
    const key = protocol === CHANNEL_PROTOCOL ? offered : header;
    return typeof key === 'string' && this.#keys(request).some((own) => sameText(own, key));
  }

  /**
   * What lets a browser begin a download, for which a page cannot send its key: for this file, and for the session of that key.
   * @param request has the key
   */
  ticket(request: IncomingMessage, id: string): string {
    const { [KEY_HEADER]: key } = request.headers;
    return ticketOf(String(key), id);
  }

  /** Whether it is one that `ticket` gave for this file to a session whose cookie was sent. */
  hasTicket(request: IncomingMessage, id: string, ticket: string): boolean {
    return this.#keys(request).some((key) => sameText(ticketOf(key, id), ticket));
  }

  /** Keys of the sessions whose cookies were sent: other programs of this host can add some. */
  #keys({ headers }: IncomingMessage): string[] {
    const start = `${this.#cookie}=`;
    return (headers.cookie ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .flatMap((pair) => (pair.startsWith(start) ? (this.#sessions.get(pair.slice(start.length)) ?? []) : []));
  }

  /**
   * Whether a browser shows its user what it gets here. What other pages fetch or embed may not spend the wrong tokens
   * that are allowed. Browsers say so to this machine and to HTTPS; who says nothing is no page.
   */
  isOpenedByPerson({ headers }: IncomingMessage): boolean {
    const destination = headers['sec-fetch-dest'];
    return destination === undefined || destination === 'document';
  }

  /**
   * Whether the request names this server. A page of another name, pointed at this machine by its DNS, does not. Any
   * port: a tunnel may end at another one.
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

function ticketOf(key: string, id: string): string {
  return createHmac('sha256', key).update(id).digest('base64url');
}

function sameText(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a), Buffer.from(b)];
  return x.length === y.length && timingSafeEqual(x, y);
}
