// The open pages, one WebSocket each. Answers go to the page that asked, events to all pages.
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

/** In UTF-8, text that is not English takes more bytes than it has characters; escapes and numbers do not. */
const MAX_MESSAGE_BYTES = 2 * MAX_PAGE_MESSAGE_CHARS;
/** The most calls that a page may wait for, and their characters: a page that asks faster than it is answered is cut off. */
const MAX_ASKED = 1000;
const MAX_ASKED_CHARS = 4 * MAX_PAGE_MESSAGE_CHARS;
/** The most pages open at once: the tabs of a few people. */
const MAX_PAGES = 64;
export type PagesLimits = {
  /** The most bytes that wait for all pages together: before they fill the memory, the page that is furthest behind is cut off. */
  readonly waitingBytes: number;
  /** A page that answers nothing for this long is gone, for example because a tunnel broke: browsers answer by themselves. */
  readonly answerMs: number;
};
const LIMITS: PagesLimits = { waitingBytes: 256 << 20, answerMs: 30_000 };

/** Only for sending, where it preserves typed arrays. Messages from pages are never read with it. */
const cbor = new Encoder({ structuredClone: true, useRecords: false });

/** A call that a page waits for. */
type Asked = { readonly page: WebSocket; readonly chars: number };

export class Pages {
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    // never the key, which is offered as the second protocol
    handleProtocols: () => CHANNEL_PROTOCOL,
  });
  readonly #calls = new Map<number, Asked>();
  /** Pages that have answered since they were last asked. */
  readonly #alive = new WeakSet<WebSocket>();
  readonly #pulse: NodeJS.Timeout;
  readonly #waitingBytes: number;

  /**
   * @param admit decides about a connection before it is made
   * @param onMessage receives what a page says to the engine, as text
   * @param greet returns the first message for a new page
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
        // Node has removed its own listener: without one, a client that hangs up early would end the server
        socket.on('error', () => socket.destroy());
        socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n', () => socket.destroy());
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (page) => this.#welcome(page, onMessage, greet()));
    });
  }

  send(message: EngineMessage): void {
    if (message.kind === 'result' || message.kind === 'error') {
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (call) this.#post([call.page], message);
      return;
    }
    // another engine will answer none of these
    if (message.kind !== 'event') this.#calls.clear();
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
      for (const [id, call] of this.#calls) {
        if (call.page !== page) continue;
        this.#calls.delete(id);
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

  /** @returns whether the message is for the engine. @throws WinnowError USAGE: it is not a message */
  #hear(page: WebSocket, text: string): boolean {
    const message = decodePageMessage(text);
    const call = this.#calls.get(message.id);
    // a page can only stop its own calls
    if (message.kind === 'cancel') return call?.page === page;
    const others = [...this.#calls.values()].filter((other) => other.page === page);
    const chars = others.reduce((sum, other) => sum + other.chars, text.length);
    // with the number of another page's call, the answer would come to this page
    if (call !== undefined || others.length >= MAX_ASKED || chars > MAX_ASKED_CHARS) {
      page.close(1008, call === undefined ? 'too much at once' : 'this call is under way');
      return false;
    }
    this.#calls.set(message.id, { page, chars: text.length });
    return true;
  }
}
