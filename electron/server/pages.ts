// The open pages: one WebSocket each. Answers go to the page that asked, events to all.
import type { IncomingMessage, Server } from 'node:http';
import { Encoder } from 'cbor-x';
import { WebSocketServer, type WebSocket } from 'ws';
import { pageMessageSchema, type EngineMessage } from '../contract/messages.ts';

/** The largest message of a page: a call's parameters. */
const MAX_MESSAGE_BYTES = 16 << 20;
/** A page that takes nothing in is cut off, before what waits for it fills the memory. */
const MAX_WAITING_BYTES = 256 << 20;

const cbor = new Encoder({ structuredClone: true, useRecords: false });

export class Pages {
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  /** Which page asked. */
  readonly #asked = new Map<number, WebSocket>();

  /**
   * @param admit decides on a connection before it is made
   * @param onMessage takes what a page says to the engine
   * @param greet what a new page is told first
   */
  constructor(
    server: Server,
    admit: (request: IncomingMessage) => boolean,
    onMessage: (message: unknown) => void,
    greet: () => EngineMessage | null,
  ) {
    server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/channel' || !admit(request)) {
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
      const page = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (page) post(page, message);
      return;
    }
    // another engine answers none of these
    if (message.kind !== 'event') this.#asked.clear();
    for (const page of this.#sockets.clients) post(page, message);
  }

  close(): void {
    for (const page of this.#sockets.clients) page.terminate();
    this.#sockets.close();
  }

  #welcome(page: WebSocket, onMessage: (message: unknown) => void, greeting: EngineMessage | null): void {
    page.on('message', (data: Buffer) => {
      try {
        const message = pageMessageSchema.parse(cbor.decode(data));
        if (message.kind === 'call') this.#asked.set(message.id, page);
        onMessage(message);
      } catch {
        page.close(1007, 'not a message of Winnow');
      }
    });
    page.on('error', () => page.terminate());
    page.on('close', () => {
      for (const [id, asker] of this.#asked) {
        if (asker !== page) continue;
        this.#asked.delete(id);
        onMessage({ kind: 'cancel', id });
      }
    });
    if (greeting) post(page, greeting);
  }
}

function post(page: WebSocket, message: EngineMessage): void {
  if (page.bufferedAmount > MAX_WAITING_BYTES) page.terminate();
  else page.send(cbor.encode(message));
}
