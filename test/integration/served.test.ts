// The served mode over real sockets: who gets in, what is given out, and the conversation with a real engine process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Encoder } from 'cbor-x';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { choiceTextFor } from '../choice-for.ts';
import WebSocket from 'ws';
import { Client } from '../../electron/contract/client.ts';
import { ask, clientOf, keyIn, type Answer } from '../hostile/attack/served-client.ts';
import type { Grant } from '../../electron/contract/bridge.ts';
import { PAGE_FOLDER } from '../../electron/server/page.ts';
import { ADDRESS_SIGNAL, startServer, type RunningServer } from '../../electron/server/server.ts';
import { childrenNamed, until } from './processes.ts';
import { ROOT, SAMPLE } from './support.ts';

const cbor = new Encoder({ structuredClone: true, useRecords: false });

let folder: string;
let server: RunningServer;
let origin: string;
let cookie: string;
let key: string;

/** Sends exactly what it is told: fetch would set Host and Origin itself. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const { host, port } = new URL(origin);
  return ask({ host, port: Number(port) }, method, path, headers, body);
}

const own = (): Record<string, string> => ({ cookie, origin, 'x-winnow-key': key });

function openChannel(headers: Record<string, string>): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/channel`, { headers });
    socket.on('open', () => resolve(socket));
    socket.on('error', reject);
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winnow-served-'));
  server = await startServer({
    hostname: '127.0.0.1',
    port: 0,
    home: join(folder, 'home'),
    outputFolders: [folder],
    modelFolders: [],
    hasTerminal: true,
  });
  const address = new URL(server.newAddress());
  ({ origin } = address);
  const { status, headers, body } = await send('GET', address.pathname + address.search);
  expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
  cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  key = keyIn(body);
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

describe('who gets in', () => {
  test.each([
    ['no session', 'GET', '/', {}, 401],
    ['a made-up session', 'GET', '/', { cookie: 'winnow_session=AAAA' }, 401],
    ['a wrong token', 'GET', '/?token=AAAA', {}, 401],
    ['an upload without a session', 'POST', '/files?name=a.txt', { origin: 'http://127.0.0.1' }, 401],
  ] as const)('%s', async (_name, method, path, headers, status) => {
    expect((await send(method, path, headers)).status).toBe(status);
  });

  test('another name of this machine, as DNS rebinding has it', async () => {
    expect((await send('GET', '/', { cookie, host: 'evil.example' })).status).toBe(403);
  });

  test('a form of another page, whose browser sends the cookie', async () => {
    for (const bad of ['http://evil.example', 'null', `${origin}0`]) {
      expect((await send('POST', '/engine/restart', { cookie, origin: bad }, '')).status).toBe(403);
      await expect(openChannel({ cookie, origin: bad })).rejects.toThrow('403');
    }
    expect((await send('POST', '/engine/restart', { cookie }, '')).status).toBe(403);
  });

  test('the cookie alone, as every port of this host gets it, opens the page’s files and nothing else', async () => {
    const stolen = { cookie, origin };
    const page = await send('GET', '/', stolen);
    expect([page.status, keyIn(page.body)]).toEqual([200, '']);
    for (const wrong of [
      {},
      { 'x-winnow-key': '' },
      { 'x-winnow-key': `${key}x` },
      { 'x-winnow-key': 'A'.repeat(43) },
    ]) {
      for (const path of ['/files?name=a.txt', '/targets', '/places', '/taken', '/output-folder', '/engine/restart'])
        expect([path, (await send('POST', path, { ...stolen, ...wrong }, '{}')).status]).toEqual([path, 401]);
    }
    await expect(openChannel(stolen)).rejects.toThrow('403');
    for (const protocols of ['winnow', 'winnow, AAAA', key, `winnow, , ${key}`])
      await expect(openChannel({ ...stolen, 'sec-websocket-protocol': protocols })).rejects.toThrow('403');
    // the key without the cookie
    expect((await send('POST', '/output-folder', { origin, 'x-winnow-key': key }, '')).status).toBe(401);
  });

  test('the page says its key as a WebSocket can, and does not hear it back', async () => {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/channel`, ['winnow', key], {
      headers: { cookie, origin },
    });
    await once(socket, 'open');
    expect(socket.protocol).toBe('winnow');
    socket.close();
  });

  test('a token that another page tries is not looked at', async () => {
    for (const destination of ['image', 'iframe', 'empty', 'script']) {
      expect((await send('GET', '/?token=AAAA', { 'sec-fetch-dest': destination })).status).toBe(403);
    }
  });
});

describe('what is given out', () => {
  test('the page, under a closed policy', async () => {
    const { status, headers, body } = await send('GET', '/', own());
    expect({ status, body }).toEqual({ status: 200, body: await readFile(join(PAGE_FOLDER, 'served.html'), 'utf8') });
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).toContain("connect-src 'self'");
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test('whatever it answers, no other page may show or keep it', async () => {
    const answers = [
      await send('GET', '/'),
      await send('GET', '/nothing', own()),
      await send('POST', '/nothing', own(), ''),
      await send('POST', '/targets', own(), '{'),
      await send('GET', '/', { host: 'evil.example' }),
      await send('GET', '//[', own()),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 404, 404, 400, 403, 400]);
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' });
    }
  });

  test.each([
    '/../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '/%00',
    '/etc/passwd',
    '//etc/passwd',
    '/assets/..%5c..%5cx.js',
    '/%',
  ])('nothing else of the disk: %s', async (path) => expect((await send('GET', path, own())).status).toBe(404));
});

describe('files', () => {
  test('an upload becomes a grant that the engine imports', async () => {
    const text = '{"prompt": "2 + 2?", "response": "4"}\nnot json\n';
    const { status, body } = await send('POST', '/files?name=sums.jsonl', own(), text);
    expect(status).toBe(200);
    const grant = JSON.parse(body) as Grant;
    expect(grant).toMatchObject({ name: 'sums.jsonl', bytes: text.length });
    const socket = await openChannel(own());
    const client = clientOf(socket);
    const domain = await client.call('domains.create', { name: 'sums' });
    const files = await client.call('demos.import', { domainId: domain.id, grants: [grant.id] });
    expect(files).toMatchObject([{ name: 'sums.jsonl', added: 1, rejected: [{ line: 2 }], error: null }]);
    socket.close();
  });

  test.each(['', '../../x.txt', 'a/b.txt', 'a\\b.txt', '.hidden', 'a\nb', 'x'.repeat(256)])(
    'no such name: %j',
    async (name) => {
      const { status, body } = await send('POST', `/files?name=${encodeURIComponent(name)}`, own(), 'x');
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ code: 'USAGE' });
    },
  );

  test('a model stays once however often it is uploaded, one that is refused does not', async () => {
    const upload = async (body: string | Buffer): Promise<string> =>
      (JSON.parse((await send('POST', '/files?name=m.gguf', own(), body)).body) as Grant).id;
    const socket = await openChannel(own());
    const client = clientOf(socket);
    const add = async (body: string | Buffer) => client.call('library.add', { grants: [await upload(body)] });
    const kept = async (): Promise<string[]> => {
      const all = await readdir(join(folder, 'home', 'models'), { recursive: true, withFileTypes: true });
      return all.filter((entry) => entry.isFile()).map(({ name }) => name);
    };
    const model = await readFile(SAMPLE);
    const [first] = await add(model);
    const [again] = await add(model);
    expect(again).toEqual({ ...first, grant: again?.grant });
    for (const bad of ['GGUF one', model.subarray(0, 1000)]) {
      expect(await add(bad)).toMatchObject([
        { name: 'm.gguf', modelId: null, error: { code: expect.any(String) as string } },
      ]);
    }
    // never given to the library: it ends with the server
    await upload('GGUF two');
    expect(await kept()).toEqual(['m.gguf']);
    expect((await client.call('library.get', { modelId: first?.modelId ?? '' })).state).toBe('ready');
    socket.close();
  });

  test('what is too large, or keeps its length to itself, is refused before it is read', async () => {
    for (const headers of [{ 'content-length': String(2 ** 30 + 1) }, { 'transfer-encoding': 'chunked' }]) {
      const { status, body } = await send('POST', '/files?name=a.txt', { ...own(), ...headers }, 'x');
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ code: 'USAGE' });
    }
  });

  test('an upload that breaks off, or was announced longer than it is, leaves nothing', async () => {
    const uploads = join(folder, 'home', 'uploads', String(process.pid));
    const before = await readdir(uploads);
    const { hostname, port, host } = new URL(origin);
    const socket = connect(Number(port), hostname);
    const head = [
      'POST /files?name=a.txt HTTP/1.1',
      `Host: ${host}`,
      `Origin: ${origin}`,
      `Cookie: ${cookie}`,
      `X-Winnow-Key: ${key}`,
    ];
    socket.write([...head, 'Content-Length: 1000', '', 'not that much'].join('\r\n'));
    await until('the upload has begun', () => readdirSync(uploads).length > before.length);
    socket.destroy();
    await until('it is removed', () => readdirSync(uploads).length === before.length);
  });

  test('the page hears where files are written', async () => {
    expect(JSON.parse((await send('POST', '/output-folder', own(), '')).body)).toBe(folder);
  });

  test('a target stands in the output folder, whatever it is called', async () => {
    const ask = (suggestedName: string): Promise<Answer> =>
      send('POST', '/targets', own(), JSON.stringify({ purpose: 'choice', suggestedName }));
    expect(JSON.parse((await ask('mask.json')).body)).toMatchObject({ name: 'mask.json', bytes: null });
    for (const name of ['mask.sh', 'authorized_keys', '.json', 'Makefile', 'mask.json.gguf']) {
      const { status, body } = await ask(name);
      expect([status, (JSON.parse(body) as { code: string }).code]).toEqual([400, 'USAGE']);
    }
    expect((await ask('../mask.json')).status).toBe(400);
    expect((await ask('あ'.repeat(86))).status).toBe(400);
    for (const none of [
      '{',
      'null',
      '[]',
      '{"purpose":"shell","suggestedName":"a.json"}',
      '{"__proto__":{"purpose":"choice"}}',
    ])
      expect((await send('POST', '/targets', own(), none)).status).toBe(400);
    expect((await send('POST', '/targets', own(), 'x'.repeat(1 << 17))).status).toBe(400);
  });
});

test('nothing is replaced without a question: what has no dialog gets a name that is free', async () => {
  const ask = async (purpose: string, suggestedName: string): Promise<string> => {
    const { body } = await send('POST', '/targets', own(), JSON.stringify({ purpose, suggestedName }));
    return (JSON.parse(body) as Grant).name;
  };
  for (const name of ['there.html', 'there 2.html', 'there.gguf']) await writeFile(join(folder, name), 'mine');
  expect(await ask('report', 'there.html')).toBe('there 3.html');
  expect(await ask('choice', 'free.json')).toBe('free.json');
  // where nobody chose a folder; where somebody did, the engine asks
  expect(await ask('model', 'there.gguf')).toBe('there 2.gguf');
});

describe('downloads', () => {
  const target = async (request: object): Promise<Grant> =>
    JSON.parse((await send('POST', '/targets', own(), JSON.stringify(request))).body) as Grant;

  const ticket = async (id: string): Promise<string> =>
    JSON.parse((await send('POST', '/ticket', own(), JSON.stringify({ id }))).body) as string;
  const addressOf = async (id: string): Promise<string> => `/downloads/${id}?ticket=${await ticket(id)}`;
  const upload = async (name: string, body: string | Buffer): Promise<string> =>
    (JSON.parse((await send('POST', `/files?name=${name}`, own(), body)).body) as Grant).id;

  let socket: WebSocket;
  let client: Client;
  let selectionId: number;
  const writeTo = (target: string) =>
    client.call('exports.choice', {
      subject: { kind: 'selection', selectionId, exportId: null },
      form: 'choice',
      target,
      overwrite: true,
    });
  beforeAll(async () => {
    socket = await openChannel(own());
    client = clientOf(socket);
    const [added] = await client.call('library.add', { grants: [await upload('sample.gguf', await readFile(SAMPLE))] });
    const grant = await upload('choice.json', await choiceTextFor(SAMPLE, (expert) => expert % 2 === 1));
    ({ id: selectionId } = await client.call('selections.importChoice', { modelId: added?.modelId ?? '', grant }));
  });
  afterAll(() => socket.close());

  test('what was written is given out whole or in part, to be saved and not shown', async () => {
    const grant = await target({ purpose: 'choice', suggestedName: 'größe (1).json' });
    const file = join(folder, 'größe (1).json');
    const path = await addressOf(grant.id);
    expect((await send('GET', path, { cookie })).status).toBe(404);
    // what somebody else has put there
    await writeFile(file, '0123456789');
    expect((await send('GET', path, { cookie })).status).toBe(404);
    await writeTo(grant.id);
    const text = await readFile(file, 'utf8');
    const whole = await send('GET', path, { cookie });
    expect([whole.status, whole.body]).toEqual([200, text]);
    expect(whole.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%281%29.json",
      'content-length': String(text.length),
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    const etag = whole.headers.etag ?? '';
    const part = { cookie, range: `bytes=${text.length - 3}-` };
    const rest = await send('GET', path, { ...part, 'if-range': etag });
    expect([rest.status, rest.body, rest.headers['content-range']]).toEqual([
      206,
      text.slice(-3),
      `bytes ${text.length - 3}-${text.length - 1}/${text.length}`,
    ]);
    const other = await send('GET', path, { ...part, 'if-range': '"another"' });
    expect([other.status, other.body]).toEqual([200, text]);
    expect((await send('GET', path, { cookie, range: `bytes=${text.length}-` })).status).toBe(416);
    // changed since, or reached by a link
    await writeFile(file, text.replace('winnow', 'wobble'));
    expect((await send('GET', path, { cookie })).status).toBe(410);
    if (process.platform === 'win32') return;
    await rename(file, join(folder, 'moved.json'));
    await symlink(join(folder, 'moved.json'), file);
    expect((await send('GET', path, { cookie })).status).toBe(404);
  });

  test('only to who has the key of a session, and only what is offered', async () => {
    const { id } = await target({ purpose: 'choice', suggestedName: 'mine.json' });
    await writeTo(id);
    const path = await addressOf(id);
    expect((await send('GET', path, { cookie })).status).toBe(200);
    expect((await send('GET', path)).status).toBe(401);
    expect((await send('GET', path, { cookie, host: 'evil.example' })).status).toBe(403);
    expect((await send('GET', `/downloads/${id}`, { cookie })).status).toBe(401);
    expect((await send('GET', `/downloads/${id}?ticket=${await ticket('another')}`, { cookie })).status).toBe(401);
    expect((await send('POST', '/ticket', { cookie, origin }, JSON.stringify({ id }))).status).toBe(401);
    const uploaded = await upload('a.txt', 'x');
    for (const none of ['', 'mine.json', '..%2fmine.json', '/etc/passwd', '__proto__', uploaded]) {
      expect((await send('GET', await addressOf(none), { cookie })).status).toBe(404);
    }
    await expect(client.call('exports.download', { exportId: 1 })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  test('what is only to be downloaded is written apart, and is no model', async () => {
    const grant = await target({ purpose: 'choice', suggestedName: 'apart.json', folder: 'download' });
    expect(grant).toMatchObject({ name: 'apart.json' });
    const uploads = join(folder, 'home', 'uploads', String(process.pid));
    const [made] = (await readdir(uploads, { recursive: true })).filter((name) => name.endsWith('apart.json'));
    expect(made).toBeUndefined();
    expect(existsSync(join(folder, 'apart.json'))).toBe(false);
    const model = { purpose: 'model', suggestedName: 'm.gguf', folder: 'download' };
    expect((await send('POST', '/targets', own(), JSON.stringify(model))).status).toBe(400);
  });
});

test('uploads that a killed server left are removed, those of a living one are not', async () => {
  const home = await mkdtemp(join(tmpdir(), 'winnow-left-'));
  const [dead, living] = ['4194304', String(process.ppid)]; // above the largest number that Linux gives
  for (const pid of [dead, living]) await mkdir(join(home, 'uploads', pid), { recursive: true });
  const other = await startServer({
    hostname: '127.0.0.1',
    port: 0,
    home,
    outputFolders: [home],
    modelFolders: [],
    hasTerminal: true,
  });
  expect(await readdir(join(home, 'uploads'))).toEqual([living]);
  await other.close();
  await rm(home, { recursive: true });
});

describe('the channel', () => {
  test('who is refused and hangs up at once does not end the server', async () => {
    const { hostname, port } = new URL(origin);
    const head = ['GET /channel HTTP/1.1', `Host: ${hostname}`, 'Connection: upgrade', 'Upgrade: websocket', '', ''];
    for (let i = 0; i < 20; i++) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(head.join('\r\n'));
      socket.resetAndDestroy();
    }
    expect((await send('GET', '/', own())).status).toBe(200);
  });

  test('answers go to the page that asked, events to all', async () => {
    const sockets = [await openChannel(own()), await openChannel(own())];
    const [a, b] = sockets.map(clientOf) as [Client, Client];
    // the engine is there, and has told its first settings
    await b.call('app.info', {});
    const seen: string[] = [];
    a.on('settings', ({ theme }) => seen.push(`a ${theme}`));
    b.on('settings', ({ theme }) => seen.push(`b ${theme}`));
    expect((await a.call('settings.set', { theme: 'dark' })).theme).toBe('dark');
    expect((await b.call('settings.get', {})).theme).toBe('dark');
    expect(seen.sort()).toEqual(['a dark', 'b dark']);
    for (const socket of sockets) socket.close();
  });

  test('a message that is none ends the connection, not the server', async () => {
    const socket = await openChannel(own());
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.send('hello');
    expect(await closed).toBe(1007);
    const next = await openChannel(own());
    expect((await clientOf(next).call('app.info', {})).version).toMatch(/^\d/);
    next.close();
  });

  test.each([
    ['bytes', 1007, (page: WebSocket) => page.send(Buffer.from('{}'))],
    ['CBOR', 1007, (page: WebSocket) => page.send(cbor.encode({ kind: 'call', id: 1, name: 'app.info', params: {} }))],
    ['a text without end', 1009, (page: WebSocket) => page.send('x'.repeat(1 << 25))],
    ['lists without end', 1007, (page: WebSocket) => page.send('['.repeat(1 << 22))],
    [
      'a number of a call that is under way',
      1008,
      (page: WebSocket) => {
        for (const name of ['app.doctor', 'app.info'])
          page.send(JSON.stringify({ kind: 'call', id: 1, name, params: {} }));
      },
    ],
    [
      'calls without end',
      1008,
      (page: WebSocket) => {
        for (let id = 0; id < 1e4; id++)
          page.send(JSON.stringify({ kind: 'call', id, name: 'library.scan', params: {} }));
      },
    ],
  ])('%s ends the connection, not the server', async (_name, code, send) => {
    const socket = await openChannel(own());
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.on('close', resolve));
    send(socket);
    expect(await closed).toBe(code);
    const next = await openChannel(own());
    expect((await clientOf(next).call('app.info', {})).version).toMatch(/^\d/);
    next.close();
  });

  test('a page stops no other page’s call', async () => {
    const [mine, other] = [await openChannel(own()), await openChannel(own())];
    const sent: number[] = [];
    const client = new Client({
      post: (message) => {
        mine.send(message as string);
        sent.push((JSON.parse(message as string) as { id: number }).id);
      },
      onMessage: (listener) => {
        mine.on('message', (data: Buffer) => listener(cbor.decode(data)));
        return () => {};
      },
    });
    const scan = client.call('library.scan', {});
    other.send(JSON.stringify({ kind: 'cancel', id: sent[0] }));
    await expect(scan).resolves.toMatchObject({ folders: expect.any(Number) as number });
    for (const socket of [mine, other]) socket.close();
  });

  test('more pages than people have are not let in', async () => {
    const pages: WebSocket[] = [];
    await expect(
      (async () => {
        for (let i = 0; i < 65; i++) pages.push(await openChannel(own()));
      })(),
    ).rejects.toThrow('403');
    expect(pages.length).toBeGreaterThan(32);
    for (const page of pages) page.terminate();
    // places are free again once the server has noticed
    await vi.waitFor(async () => (await openChannel(own())).close(), { timeout: 20_000 });
  });

  test('a grant that was not given is refused', async () => {
    const socket = await openChannel(own());
    const call = clientOf(socket).call('library.add', { grants: ['0123456789abcdef'] });
    await expect(call.then((files) => files[0]?.error)).resolves.toMatchObject({ code: 'USAGE' });
    socket.close();
  });

  test('a page ends no engine that goes on', async () => {
    const engines = (): number[] => childrenNamed(process.pid, 'engine-process');
    const before = engines();
    expect(before).not.toEqual([]);
    expect((await send('POST', '/engine/restart', own(), '')).status).toBe(200);
    expect(engines()).toEqual(before);
  });

  test('an engine that dies is said to be dead, and starts anew', async () => {
    const socket = await openChannel(own());
    const client = clientOf(socket);
    await client.call('app.info', {});
    const states: string[] = [];
    client.onState(({ state }) => states.push(state));
    const engines = childrenNamed(process.pid, 'engine-process');
    for (const pid of engines) process.kill(pid, 'SIGKILL');
    await until('the page hears of it', () => states.at(-1) === 'failed');
    await expect(client.call('app.info', {})).rejects.toMatchObject({ code: 'BACKEND_CRASHED' });
    expect((await send('POST', '/engine/restart', own(), '')).status).toBe(200);
    await until('the page hears of the new one', () => states.at(-1) === 'running');
    expect((await client.call('settings.get', {})).theme).toBe('dark');
    socket.close();
  });
});

test('closing leaves no upload behind', async () => {
  const home = join(folder, 'second');
  const second = await startServer({
    hostname: '127.0.0.1',
    port: 0,
    home,
    outputFolders: [folder],
    modelFolders: [],
    hasTerminal: true,
  });
  const { origin: there, pathname, search } = new URL(second.newAddress());
  const entered = await fetch(`${there}${pathname}${search}`, { redirect: 'manual' });
  const session = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const headers = { cookie: session, origin: there, 'x-winnow-key': keyIn(await entered.text()) };
  expect((await fetch(`${there}/files?name=a.txt`, { method: 'POST', headers, body: 'x' })).status).toBe(200);
  await second.close();
  expect(await readdir(join(home, 'uploads'))).toEqual([]);
});

test('a server that others can reach says so', async () => {
  const serve = async (host: string): Promise<string> => {
    const args = ['electron/cli/winnow.ts', 'serve', '--port', '0', '--host', host, '--output', folder];
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, WINNOW_HOME: join(folder, host) },
    });
    let said = '';
    const announced = new Promise((resolve) => child.stdout.on('data', resolve));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await announced;
    child.kill('SIGINT');
    await once(child, 'close');
    return said;
  };
  const [own, all] = await Promise.all([serve('127.0.0.1'), serve('0.0.0.0')]);
  expect(own).not.toContain('other machines');
  expect(all).toContain('0.0.0.0 can be reached from other machines. What passes is not encrypted');
});

test.skipIf(ADDRESS_SIGNAL === null)('without a terminal another address is asked for by a signal', async () => {
  const args = ['electron/cli/winnow.ts', 'serve', '--json', '--port', '0'];
  const env = { ...process.env, HOME: folder, WINNOW_HOME: join(folder, 'signalled') };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const addresses = (): string[] => said.match(/http:\/\/[^"]+/g) ?? [];
  await expect.poll(addresses, { timeout: 30_000 }).toHaveLength(1);
  // files that nobody chose a place for go where the app puts them, not into the folder that it was started in
  expect(said).toContain(JSON.stringify(join(folder, 'Winnow')));
  const [first = ''] = addresses();
  const refused = await fetch(new URL(first).origin);
  expect(await refused.text()).toContain('SIGUSR2');
  child.kill('SIGUSR2');
  await expect.poll(addresses, { timeout: 30_000 }).toHaveLength(2);
  expect(new Set(addresses())).toHaveProperty('size', 2);
  child.kill('SIGINT');
  await once(child, 'close');
});

test('a port that is taken is named', async () => {
  const port = Number(new URL(origin).port);
  await expect(
    startServer({
      hostname: '127.0.0.1',
      port,
      home: folder,
      outputFolders: [folder],
      modelFolders: [],
      hasTerminal: true,
    }),
  ).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(`127.0.0.1:${port}`) as string,
  });
});
