// An HTTP server that those outside can keep busy only for so long, and only so many of them; whoever was let in finds
// room beside them.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

type HttpLimits = {
  /** A request's head must be there by then: whoever dribbles it holds a connection for nothing. */
  readonly headMs: number;
  /** A connection on which nothing moves. An upload through a slow tunnel moves, however long it takes. */
  readonly idleMs: number;
  /** How often heads are looked after. */
  readonly checkMs: number;
  /** A browser opens six, and one WebSocket a tab. */
  readonly connections: number;
};

const LIMITS: HttpLimits = { headMs: 15_000, idleMs: 60_000, checkMs: 5_000, connections: 512 };

/** What a connection showed so far. Every program of this host can show a cookie that it was sent; a key only the page. */
export type Shown = 'nothing' | 'cookie' | 'key';
const RANKS: readonly Shown[] = ['nothing', 'cookie', 'key'];

export type LimitedServer = {
  readonly server: Server;
  /** Who showed more stays longer: for a connection too many, the oldest goes of those that showed least. */
  readonly note: (socket: Socket, shown: Shown) => void;
};

export function limitedServer(listener: RequestListener, limits: HttpLimits = LIMITS): LimitedServer {
  const server = createServer(
    {
      // large uploads take longer than Node's five minutes; without a limit of its own the head would have none either
      requestTimeout: 0,
      headersTimeout: limits.headMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    listener,
  );
  server.timeout = limits.idleMs;
  /** The oldest first. */
  const open = new Map<Socket, number>();
  server.on('connection', (socket) => {
    // the new one is given the time to show something
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
