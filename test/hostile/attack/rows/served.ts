// Others on this machine and in this browser, and a browser's page in wrong hands, before `winnow serve`; clients of
// `winnow serve-model` without its key, and requests that lie.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { SAMPLE } from '../../../integration/support.ts';
import type { Attack } from '../ground.ts';
import { whileListening } from '../listening.ts';
import { ask, clientOf, openChannel, t, whileServing, type Session } from '../served-client.ts';

const MIB = 2 ** 20;
/** Server and engine take 350 MB at rest, and so do a command and the process with the sample. */
const MEMORY_BYTES = 900 * MIB;
/** In which a page that was let in is answered, whatever others do. */
const ANSWER_MS = 5000;

/** A page that was let in goes on to be served. @throws Error when it is not, or not in time */
async function serves(session: Session): Promise<void> {
  const began = performance.now();
  assert.equal((await ask(session, 'GET', '/', session.own)).status, 200);
  const socket = await openChannel(session);
  assert.match((await clientOf(socket).call('app.info', {})).version, /^\d/);
  socket.close();
  const took = performance.now() - began;
  assert.ok(took < ANSWER_MS, `the page was served after ${Math.round(took)} ms`);
}

const head = (session: Session, ...lines: readonly string[]): string =>
  [...lines, `Host: ${session.host}`, `Cookie: ${session.cookie}`, '', ''].join('\r\n');

/** Requests that two readers could take for different ones, or that are none. */
const AMBIGUOUS: Readonly<Record<string, readonly string[]>> = {
  'two lengths': ['Content-Length: 5', 'Content-Length: 6'],
  'a length and chunks': ['Content-Length: 5', 'Transfer-Encoding: chunked'],
  'a length with a sign': ['Content-Length: +5'],
  'a negative length': ['Content-Length: -1'],
  'a length beyond all numbers': [`Content-Length: ${'9'.repeat(40)}`],
  'chunks that are not last': ['Transfer-Encoding: chunked, identity'],
  'a space before the colon': ['Content-Length : 5'],
  'a NUL in a value': ['X-A: a\0b'],
  'a bare carriage return': ['X-A: a\rContent-Length: 5'],
};

const announcedSchema = z.object({ address: z.url(), key: z.string() });

async function statusOf(address: string, path: string, body: string, key: string | null): Promise<number> {
  const headers = { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) };
  const response = await fetch(`${address}/${path}`, { method: 'POST', headers, body });
  await response.text();
  return response.status;
}

async function sendRaw(port: number, bytes: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket.resume(), 'close');
}

export const SERVED: readonly Attack[] = [
  {
    name: 'methods and heads that no browser sends',
    promise: 'each is refused, with the session’s cookie and key or without',
    quick: true,
    async run(ground) {
      await whileServing(ground, MEMORY_BYTES, async (session) => {
        const { own } = session;
        for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD'])
          assert.ok((await ask(session, method, '/files?name=a.txt', own)).status >= 400, method);
        for (const [what, lines] of Object.entries(AMBIGUOUS)) {
          const smuggled = `0\r\n\r\nPOST /engine/restart HTTP/1.1\r\nHost: ${session.host}\r\n\r\n`;
          const text = await t(session, head(session, 'POST /targets HTTP/1.1', ...lines) + smuggled, 300);
          assert.match(text, /^HTTP\/1\.1 400 /, what);
          assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1, `${what}: two answers`);
        }
        const long = 'x'.repeat(10 * MIB);
        for (const lines of [[`POST /files?name=${long} HTTP/1.1`], ['GET / HTTP/1.1', `X-A: ${long}`]]) {
          const text = await t(session, head(session, ...lines), 3000);
          assert.ok(text === '' || /^HTTP\/1\.1 4\d\d /.test(text), text.slice(0, 100));
        }
        await serves(session);
      });
    },
  },
  {
    name: 'thousands of connections that say nothing, dribble or stall',
    promise: 'a page that was let in is answered meanwhile, and the memory stays bounded',
    async run(ground) {
      await whileServing(ground, MEMORY_BYTES, async (session) => {
        const open = new Set<Socket>();
        const hold = (bytes: string): void => {
          const socket = connect(session.port, '127.0.0.1', () => socket.write(bytes));
          socket.on('error', () => undefined);
          socket.once('close', () => open.delete(socket));
          // takes nothing in
          socket.pause();
          open.add(socket);
        };
        const channel = await openChannel(session);
        const client = clientOf(channel);
        const { origin, own } = session;
        const asThePage = [`Origin: ${origin}`, `X-Winnow-Key: ${own['x-winnow-key']}`, `Content-Length: ${2 ** 30}`];
        const kinds = [
          '',
          'GET / HT',
          `POST /files?name=a.txt HTTP/1.1\r\nHost: ${session.host}\r\nContent-Length: 1000\r\n\r\nx`,
          head(session, 'GET / HTTP/1.1').repeat(50),
        ];
        for (let round = 0; round < 20; round++) {
          for (let i = 0; i < 100; i++) hold(kinds[i % kinds.length] ?? '');
          await serves(session);
          assert.match((await client.call('app.info', {})).version, /^\d/);
        }
        // those of the page itself that stall
        for (let i = 0; i < 6; i++) hold(`${head(session, 'POST /files?name=a.txt HTTP/1.1', ...asThePage)}x`);
        await serves(session);
        for (const socket of open) socket.destroy();
        await serves(session);
        channel.close();
      });
    },
  },
  {
    name: 'channels that never read, and floods of frames',
    promise: 'other pages are answered meanwhile, and the memory stays bounded',
    async run(ground) {
      await whileServing(ground, MEMORY_BYTES, async (session) => {
        const deaf = await Promise.all(Array.from({ length: 40 }, () => openChannel(session)));
        for (const socket of deaf) {
          socket.pause();
          for (let i = 0; i < 2000; i++) socket.ping(Buffer.alloc(125));
          for (let id = 0; id < 900; id++)
            socket.send(
              JSON.stringify({
                kind: 'call',
                id,
                name: 'library.memory',
                params: { modelId: '0', ctx: null, keep: null },
              }),
            );
        }
        for (let i = 0; i < 20; i++) await serves(session);
        const [one] = deaf;
        for (let i = 0; i < 20_000; i++) one?.send('{', { fin: false });
        await serves(session);
        for (const socket of deaf) socket.terminate();
        await serves(session);
      });
    },
  },
  {
    name: 'clients of a served model without its key, and requests that are none',
    promise: 'they are refused, and whoever has the key is answered by the same process',
    async run({ home }) {
      const args = ['serve-model', SAMPLE, '--port', '0', '--gpu', 'off', '--ctx', '256'];
      const command = { home, args, schema: announcedSchema, memoryBytes: MEMORY_BYTES };
      await whileListening(command, async ({ announced: { address, key }, children }) => {
        const before = children();
        const asked = JSON.stringify({ prompt: 'def', max_tokens: 2, temperature: 0 });
        for (const wrong of [null, '', `${key}x`, key.slice(1)]) {
          assert.equal(await statusOf(address, 'completions', asked, wrong), 401);
        }
        for (const body of ['', '{', '[]', '{"prompt": {}}', `{"prompt": "${'a '.repeat(2 ** 20)}"}`]) {
          assert.ok((await statusOf(address, 'completions', body, key)) >= 400, body.slice(0, 20));
        }
        await sendRaw(Number(new URL(address).port), `POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{`);
        await sendRaw(Number(new URL(address).port), '\0'.repeat(2 ** 16));
        assert.equal(await statusOf(address, 'completions', asked, key), 200);
        assert.deepEqual(children(), before);
      });
    },
  },
];
