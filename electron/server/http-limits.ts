// An HTTP server that those outside can keep busy only for so long, and only so many of them.
import { createServer, type RequestListener, type Server } from 'node:http';

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

export function limitedServer(listener: RequestListener, limits: HttpLimits = LIMITS): Server {
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
  server.maxConnections = limits.connections;
  return server;
}
