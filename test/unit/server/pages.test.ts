// Pages that take nothing in, over real sockets.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { Pages } from '../../../electron/server/pages.ts';

const MIB = 2 ** 20;

let server: Server;
let pages: Pages;
afterEach(() => {
  pages.close();
  server.close();
});

async function openPages(answerMs = 30_000): Promise<(autoPong?: boolean) => Promise<WebSocket>> {
  server = createServer();
  pages = new Pages(
    server,
    () => true,
    () => undefined,
    () => null,
    { answerMs, waitingBytes: 16 * MIB },
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return async (autoPong = true) => {
    const { port } = server.address() as AddressInfo;
    const page = new WebSocket(`ws://127.0.0.1:${port}/channel`, { autoPong });
    page.on('error', () => undefined);
    await once(page, 'open');
    return page;
  };
}

test('what waits for all pages together is bounded: those that read nothing go, one that reads stays', async () => {
  const open = await openPages();
  const reader = await open();
  const closed: number[] = [];
  const deaf = await Promise.all(Array.from({ length: 8 }, () => open()));
  for (const [i, page] of deaf.entries()) {
    page.pause();
    page.on('close', () => closed.push(i));
  }
  let read = 0;
  reader.on('message', () => read++);
  const before = process.memoryUsage().rss;
  // 60 MiB for each page: 480 MiB in all
  for (let sent = 1; sent <= 60; sent++) {
    pages.send({ kind: 'fatal', error: { code: 'INTERNAL', message: 'x'.repeat(MIB) } });
    await expect.poll(() => read, { timeout: 10_000, interval: 1 }).toBe(sent);
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
  expect(reader.readyState).toBe(WebSocket.OPEN);
  for (const page of deaf) page.resume();
  await expect.poll(() => closed.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(6);
});

test('a page that went without a word is ended, one that answers is not', async () => {
  const open = await openPages(100);
  const [there, gone] = [await open(), await open(false)];
  await once(gone, 'close');
  await new Promise((done) => setTimeout(done, 300));
  expect(there.readyState).toBe(WebSocket.OPEN);
});
