// An HTTP server that strangers can only keep busy for a limited time and in limited numbers; clients that were let in
// find room beside them.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

type HttpLimits = {
  /** By this time a request's head must be complete: a client that sends it drop by drop blocks a connection. */
  readonly headMs: number;
  /** How long nothing may move on a connection. An upload through a slow tunnel moves, however long it takes. */
  readonly idleMs: number;
  /** How often heads are checked. */
  readonly checkMs: number;
  /** The most connections. A browser opens six, and one WebSocket per tab. */
  readonly connections: number;
};

const LIMITS: HttpLimits = { headMs: 15_000, idleMs: 60_000, checkMs: 5_000, connections: 512 };

/** What a connection has shown so far. Every program of this host can show a cookie that it was sent; only the page can show a key. */
export type Shown = 'nothing' | 'cookie' | 'key';
const RANKS: readonly Shown[] = ['nothing', 'cookie', 'key'];

export type LimitedServer = {
  readonly server: Server;
  /** Records what a connection has shown. When there is one too many, the oldest of those that showed least is closed. */
  readonly note: (socket: Socket, shown: Shown) => void;
};

export function limitedServer(listener: RequestListener, limits: HttpLimits = LIMITS): LimitedServer {
  const server = createServer(
    {
      // large uploads take longer than Node's five minutes; the head needs its own limit then
      requestTimeout: 0,
      headersTimeout: limits.headMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    listener,
  );
  server.timeout = limits.idleMs;
  /** The oldest first, each with the rank of what it has shown. */
  const open = new Map<Socket, number>();
  server.on('connection', (socket) => {
    // the new connection gets time to show something
    if (open.size >= limits.connections) {
      const least = Math.min(...open.values());
      const leaves = [...open.keys()].find((other) => open.get(other) === least);
      if (leaves) open.delete(leaves);
      leaves?.destroy();
    }
    open.set(socket, 0);
    socket.once('close', () => open.delete(socket));
  });
  return {
    server,
    note: (socket, shown) => {
      const rank = open.get(socket);
      if (rank !== undefined) open.set(socket, Math.max(rank, RANKS.indexOf(shown)));
    },
  };
}
