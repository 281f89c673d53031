// Others on this machine and in this browser, and a browser's page in wrong hands, before `winnow serve`.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Grant } from '../../../../electron/contract/bridge.ts';
import type { Attack } from '../attack.ts';
import { ask, clientOf, openChannel, say, whileServing, type Session } from '../served-client.ts';

const MIB = 2 ** 20;
/** Server and engine take 350 MB at rest. */
const MEMORY_BYTES = 900 * MIB;
/** In which a page that was let in is answered, whatever others do. */
const ANSWER_MS = 5000;

const CALLS = ['/files?name=a.txt', '/targets', '/places', '/taken', '/output-folder', '/engine/restart'];

/** A page that was let in goes on to be served. @throws Error when it is not, or not in time */
async function serves(session: Session): Promise<void> {
  const began = performance.now();
  assert.equal((await ask(session, 'GET', '/', session.own)).status, 200);
  const socket = await openChannel(session, session.own);
  assert.ok(socket !== null, 'the page’s channel is refused');
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

/** Names by which a browser would never call this server. */
const OTHER_HOSTS = [
  'evil.example',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  'localhost.',
  'evil.example@127.0.0.1',
  '127.0.0.1/evil.example',
  '127.0.0.1#.evil.example',
  '127.0.0.1?.evil.example',
  '127.0.0.1\\evil.example',
  '[::1',
  '[::ffff:10.0.0.1]',
  '0.0.0.0',
  '169.254.169.254',
  '１２７.0.0.1',
  '',
];

export const SERVED: readonly Attack[] = [
  {
    surfaces: ['listener:served', 'command:serve'],
    name: 'the session’s cookie, as each port of this host gets it',
    promise: 'it opens the page’s files and nothing else',
    quick: true,
    async run(ground) {
      await whileServing(ground, MEMORY_BYTES, async (session) => {
        const { cookie, origin, own } = session;
        const stolen = { cookie, origin };
        const page = await ask(session, 'GET', '/', stolen);
        assert.equal(page.status, 200);
        assert.ok(!page.body.includes(own['x-winnow-key'] ?? '?'), 'the page tells the key once more');
        const guesses = ['', 'A'.repeat(43), cookie.split('=')[1] ?? ''];
        for (const path of CALLS) {
          assert.equal((await ask(session, 'POST', path, stolen, '{}')).status, 401, path);
          for (const guess of guesses)
            assert.equal((await ask(session, 'POST', path, { ...stolen, 'x-winnow-key': guess }, '{}')).status, 401);
        }
        assert.equal(await openChannel(session, stolen), null);
        for (const guess of guesses.slice(1)) assert.equal(await openChannel(session, stolen, ['winnow', guess]), null);
        await serves(session);
      });
    },
  },
  {
    surfaces: ['listener:served', 'command:serve'],
    name: 'hosts, origins, methods and heads that no browser sends',
    promise: 'each is refused, with the session’s cookie and key or without',
    quick: true,
    async run(ground) {
      await whileServing(ground, MEMORY_BYTES, async (session) => {
        const { own, origin, port } = session;
        for (const host of OTHER_HOSTS) {
          const text = await say(session, `GET / HTTP/1.1\r\nHost: ${host}\r\nCookie: ${session.cookie}\r\n\r\n`, 300);
          assert.match(text, /^HTTP\/1\.1 40[03] /, `Host: ${host}`);
        }
        for (const wrong of ['null', 'http://evil.example', `${origin}.`, `${origin}0`, `http://localhost:${port}`])
          for (const path of CALLS)
            assert.equal((await ask(session, 'POST', path, { ...own, origin: wrong }, '{}')).status, 403, wrong);
        for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'HEAD'])
          assert.ok((await ask(session, method, '/files?name=a.txt', own)).status >= 400, method);
        for (const [what, lines] of Object.entries(AMBIGUOUS)) {
          const smuggled = `0\r\n\r\nPOST /engine/restart HTTP/1.1\r\nHost: ${session.host}\r\n\r\n`;
          const text = await say(session, head(session, 'POST /targets HTTP/1.1', ...lines) + smuggled, 300);
          assert.match(text, /^HTTP\/1\.1 400 /, what);
          assert.equal(text.match(/HTTP\/1\.1/g)?.length, 1, `${what}: two answers`);
        }
        const long = 'x'.repeat(10 * MIB);
        for (const lines of [[`POST /files?name=${long} HTTP/1.1`], ['GET / HTTP/1.1', `X-A: ${long}`]]) {
          const text = await say(session, head(session, ...lines), 3000);
          assert.ok(text === '' || /^HTTP\/1\.1 4\d\d /.test(text), text.slice(0, 100));
        }
        await serves(session);
      });
    },
  },
  {
    surfaces: ['listener:served', 'command:serve'],
    name: 'wrong addresses without end',
    promise: 'they let nobody in, and do not keep the right one from its person',
    quick: true,
    async run(ground) {
      await whileServing(ground, MEMORY_BYTES, async (session, { announced: { address }, newAddress }) => {
        const again = await newAddress();
        for (let i = 0; i < 50; i++)
          assert.ok([401, 429].includes((await ask(session, 'GET', `/?token=${'A'.repeat(32)}${i}`)).status));
        assert.equal((await ask(session, 'GET', `/${new URL(address).search}`)).status, 429);
        assert.equal((await ask(session, 'GET', `/${new URL(again).search}`)).status, 200);
      });
    },
  },
  {
    surfaces: ['listener:served', 'command:serve'],
    name: 'names of uploads',
    promise: 'none leads elsewhere, and two of one name at once are two files',
    quick: true,
    async run(ground) {
      await whileServing(ground, MEMORY_BYTES, async (session) => {
        const upload = (name: string, body = 'x'): ReturnType<typeof ask> =>
          ask(session, 'POST', `/files?name=${encodeURIComponent(name)}`, session.own, body);
        for (const name of [
          '..',
          '.',
          '/',
          '../a',
          'a/b',
          'a\\b',
          'a\0b',
          '\0',
          '.a',
          'a\nb',
          'x'.repeat(300),
          'あ'.repeat(86),
        ])
          assert.equal((await upload(name)).status, 400, JSON.stringify(name));
        const texts = ['{"prompt":"a","response":"b"}\n', '{"prompt":"c","response":"d"}\n'];
        const grants = await Promise.all(
          texts.map(async (text) => JSON.parse((await upload('same.jsonl', text)).body) as Grant),
        );
        assert.equal(new Set(grants.map(({ id }) => id)).size, 2);
        const socket = await openChannel(session, session.own);
        assert.ok(socket !== null);
        const client = clientOf(socket);
        const { id: domainId } = await client.call('domains.create', { name: 'same' });
        const { files } = await client.call('demos.import', { domainId, grants: grants.map(({ id }) => id) });
        assert.deepEqual(
          files.map(({ added }) => added),
          [1, 1],
        );
        socket.close();
        // names of parts, which nobody reads
        const parts = Array.from(
          { length: 20_000 },
          (_, i) => `--b\r\nContent-Disposition: form-data; name=${i}\r\n\r\n\r\n`,
        );
        const form = { ...session.own, 'content-type': 'multipart/form-data; boundary=b' };
        assert.equal((await ask(session, 'POST', '/targets', form, parts.join(''))).status, 400);
        assert.deepEqual(readdirSync(ground.folder), []);
      });
    },
  },
  {
    surfaces: ['listener:served', 'command:serve', 'process:electron/engine/app/session/engine-process.ts'],
    name: 'thousands of connections that say nothing, dribble or stall',
    promise: 'a page that was let in is answered meanwhile, and the memory stays bounded',
    quick: false,
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
        const channel = await openChannel(session, session.own);
        assert.ok(channel !== null);
        const client = clientOf(channel);
        const own = Object.entries(session.own).map(([name, value]) => `${name}: ${value}`);
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
        for (let i = 0; i < 6; i++)
          hold(
            [
              'POST /files?name=a.txt HTTP/1.1',
              `Host: ${session.host}`,
              ...own,
              `Content-Length: ${2 ** 30}`,
              '',
              'x',
            ].join('\r\n'),
          );
        await serves(session);
        for (const socket of open) socket.destroy();
        await serves(session);
        channel.close();
      });
    },
  },
  {
    surfaces: ['listener:served', 'process:electron/engine/app/session/engine-process.ts'],
    name: 'channels that never read, and floods of frames',
    promise: 'other pages are answered meanwhile, and the memory stays bounded',
    quick: false,
    async run(ground) {
      await whileServing(ground, MEMORY_BYTES, async (session) => {
        const deaf = await Promise.all(Array.from({ length: 40 }, () => openChannel(session, session.own)));
        for (const socket of deaf) {
          assert.ok(socket !== null);
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
        for (const socket of deaf) socket?.terminate();
        await serves(session);
      });
    },
  },
];
