// The open pages: one WebSocket each. Answers go to the page that asked, events to all.
import type { IncomingMessage, Server } from 'node:http';
import { Encoder } from 'cbor-x';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  decodePageMessage,
  encodePageMessage,
  MAX_PAGE_MESSAGE_CHARS,
  type EngineMessage,
} from '../contract/messages.ts';
import { CHANNEL_PROTOCOL } from '../contract/served-session.ts';

/** UTF-8 of texts that are not English takes more bytes than they have characters; escapes and numbers do not. */
const MAX_MESSAGE_BYTES = 2 * MAX_PAGE_MESSAGE_CHARS;
/** Calls that a page waits for, and their characters: a page that asks faster than it is answered is cut off. */
const MAX_ASKED = 1000;
const MAX_ASKED_CHARS = 4 * MAX_PAGE_MESSAGE_CHARS;
/** Open at once: tabs of a few people. */
const MAX_PAGES = 64;
export type PagesLimits = {
  /** What waits for all pages together: before it fills the memory, the one is cut off that takes least in. */
  readonly waitingBytes: number;
  /** A page that answers nothing for so long is gone, as when a tunnel broke: browsers answer by themselves. */
  readonly answerMs: number;
};
const LIMITS: PagesLimits = { waitingBytes: 256 << 20, answerMs: 30_000 };

/** Only to send: typed arrays stay such. Nothing that a page says is read by it. */
const cbor = new Encoder({ structuredClone: true, useRecords: false });

/** A call that a page waits for. */
type Asked = { readonly page: WebSocket; readonly chars: number };

export class Pages {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    // never the key, which is offered beside it
    handleProtocols: () => CHANNEL_PROTOCOL,
  });
  readonly #asked = new Map<number, Asked>();
  /** Heard of since they were last asked. */
  readonly #alive = new WeakSet<WebSocket>();
  readonly #pulse: NodeJS.Timeout;
  readonly #waitingBytes: number;

  /**
   * @param admit decides on a connection before it is made
   * @param onMessage takes what a page says to the engine, as text
   * @param greet what a new page hears first
   */
  constructor(
    server: Server,
    admit: (request: IncomingMessage) => boolean,
    onMessage: (text: string) => void,
    greet: () => EngineMessage | null,
    { waitingBytes, answerMs }: PagesLimits = LIMITS,
  ) {
    this.#waitingBytes = waitingBytes;
    this.#pulse = setInterval(() => this.#askWhoIsThere(), answerMs);
    server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/channel' || !admit(request) || this.#sockets.clients.size >= MAX_PAGES) {
        // Node has taken its own listener off: one that hangs up early would end the server
        socket.on('error', () => socket.destroy());
        socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n', () => socket.destroy());
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (page) => this.#welcome(page, onMessage, greet()));
    });
  }

  send(message: EngineMessage): void {
    if (message.kind === 'result' || message.kind === 'error') {
      const asked = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (asked) this.#post([asked.page], message);
      return;
    }
    // another engine answers none of these
    if (message.kind !== 'event') this.#asked.clear();
    this.#post(this.#sockets.clients, message);
  }

  close(): void {
    clearInterval(this.#pulse);
    for (const page of this.#sockets.clients) page.terminate();
    this.#sockets.close();
  }

  #welcome(page: WebSocket, onMessage: (text: string) => void, greeting: EngineMessage | null): void {
    this.#alive.add(page);
    page.on('pong', () => this.#alive.add(page));
    page.on('message', (data: Buffer, isBinary) => {
      try {
        if (isBinary) throw new TypeError('Pages speak by text.');
        const text = data.toString();
        if (this.#hear(page, text)) onMessage(text);
      } catch {
        page.close(1007, 'not a message of Winnow');
      }
    });
    page.on('error', () => page.terminate());
    page.on('close', () => {
      for (const [id, asked] of this.#asked) {
        if (asked.page !== page) continue;
        this.#asked.delete(id);
        onMessage(encodePageMessage({ kind: 'cancel', id }));
      }
    });
    if (greeting) this.#post([page], greeting);
  }

  #post(pages: Iterable<WebSocket>, message: EngineMessage): void {
    const all = [...this.#sockets.clients];
    if (all.reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0) > this.#waitingBytes)
      all.reduce((a, b) => (b.bufferedAmount > a.bufferedAmount ? b : a)).terminate();
    const bytes = cbor.encode(message);
    for (const page of pages) if (page.readyState === page.OPEN) page.send(bytes);
  }

  #askWhoIsThere(): void {
    for (const page of this.#sockets.clients) {
      if (this.#alive.delete(page)) page.ping();
      else page.terminate();
    }
  }

  /** @returns whether it is for the engine @throws WinnowError USAGE: no message */
  #hear(page: WebSocket, text: string): boolean {
    const message = decodePageMessage(text);
    const asked = this.#asked.get(message.id);
    // a page stops its own calls only
    if (message.kind === 'cancel') return asked?.page === page;
    const others = [...this.#asked.values()].filter((other) => other.page === page);
    const chars = others.reduce((sum, other) => sum + other.chars, text.length);
    // the number of another page's call would bring its answer here
    if (asked !== undefined || others.length >= MAX_ASKED || chars > MAX_ASKED_CHARS) {
      page.close(1008, asked === undefined ? 'too much at once' : 'this call is under way');
      return false;
    }
    this.#asked.set(message.id, { page, chars: text.length });
    return true;
  }
}
