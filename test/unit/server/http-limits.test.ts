// Connections that are kept without being used. The limits are short here; that they end at all is what is tested.
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { limitedServer } from '../../../electron/server/http-limits.ts';

let server: Server;
afterEach(() => void server.close());

async function listen(made: Server): Promise<void> {
  server = made;
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
  for (const limit of ['headersTimeout', 'timeout', 'maxConnections'] as const)
    expect(server[limit]).toBeGreaterThan(0);
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

test('one connection too many is not taken', async () => {
  await listen(limitedServer(() => undefined, { ...SHORT, headMs: 60_000 }));
  const [first, second] = [await open(), await open()];
  await (
    await open()
  ).closed;
  expect([first.socket.closed, second.socket.closed]).toEqual([false, false]);
  for (const { socket } of [first, second]) socket.destroy();
});
