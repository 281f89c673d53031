// Connections that are kept without being used. The limits are short here; that they end at all is what is tested.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { limitedServer, type LimitedServer, type Shown } from '../../../electron/server/http-limits.ts';

let server: Server;
afterEach(() => void server.close());

async function listen(made: LimitedServer): Promise<void> {
  ({ server } = made);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

async function open(): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.resume();
  // one that is ended while it writes has an error first, which once() would throw
  const closed = new Promise((done) => socket.once('close', done));
  await once(socket, 'connect');
  return { socket, closed };
}

const SHORT = { headMs: 100, idleMs: 60_000, checkMs: 50, connections: 2 };

test('by itself every limit is set', async () => {
  await listen(limitedServer(() => undefined));
  for (const limit of ['headersTimeout', 'timeout'] as const) expect(server[limit]).toBeGreaterThan(0);
});

test('a head that is dribbled ends', async () => {
  await listen(limitedServer(() => undefined, SHORT));
  const { socket, closed } = await open();
  socket.write('GET / HTTP/1.1\r\n');
  const dribble = setInterval(() => socket.write('a: b\r\n'), 20);
  await closed;
  clearInterval(dribble);
});

test('a body that does not go on ends', async () => {
  const asked = Promise.withResolvers<undefined>();
  await listen(
    limitedServer((request) => request.on('error', () => asked.resolve(undefined)).resume(), {
      ...SHORT,
      headMs: 60_000,
      idleMs: 100,
    }),
  );
  const { socket, closed } = await open();
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc');
  await closed;
  await asked.promise;
});

/** Tells who it is by its path, as a server does that looks at what it is shown. */
async function openAs(made: LimitedServer, shown: Shown): Promise<Socket> {
  const noted = Promise.withResolvers<undefined>();
  made.server.once('request', (request) => {
    made.note(request.socket, shown);
    noted.resolve(undefined);
  });
  const { socket } = await open();
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await noted.promise;
  return socket;
}

test('for one connection too many, the oldest goes of those that showed least', async () => {
  const made = limitedServer(() => undefined, { ...SHORT, headMs: 60_000, connections: 4 });
  await listen(made);
  const [page, cookie, first, second] = [
    await openAs(made, 'key'),
    await openAs(made, 'cookie'),
    await open(),
    await open(),
  ];
  const third = await open();
  await first.closed;
  expect([page, cookie, second.socket, third.socket].map(({ closed }) => closed)).toEqual(Array(4).fill(false));
  for (const stranger of [second, third]) {
    await openAs(made, 'key');
    await stranger.closed;
  }
  const late = await openAs(made, 'key');
  await expect.poll(() => cookie.closed).toBe(true);
  // strangers that come one after the other drive out each other
  const last = await open();
  for (let i = 0; i < 5; i++) await open();
  await last.closed;
  expect(late.closed).toBe(false);
  made.server.closeAllConnections();
});
