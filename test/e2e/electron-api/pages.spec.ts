// The app's own scheme, its policy, and everything that a page must not do.
import { onElectron } from '../launch.ts';
import { FIXTURE } from './fixture/fixture-app.ts';
import { events, expect, expectEvent, test } from './suite.ts';

test('requests and answers carry method, address, headers and body', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const response = await fetch('echo?q=1', { method: 'POST', headers: { 'x-marker': 'm' }, body: 'text' });
    return { answer: response.headers.get('x-answer'), ...((await response.json()) as object) };
  });
  expect(seen).toEqual({ answer: 'yes', method: 'POST', url: 'app://fixture/echo?q=1', marker: 'm', body: 'text' });
});

test('status codes and failures of the handler reach the page', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const missing = await fetch('missing.txt');
    const failed = await fetch('throw').then(
      () => 'answered',
      (error: unknown) => (error instanceof Error ? error.name : 'not an error'),
    );
    return [missing.status, await missing.text(), failed];
  });
  expect(seen).toEqual([404, 'not found', 'TypeError']);
});

test("the handler's content security policy is enforced", async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.head.append(script);
    const elsewhere = await fetch('https://outside.example/').then(
      () => 'answered',
      () => 'refused',
    );
    return [window.inlineScriptRan ?? false, 'injected' in window, elsewhere];
  });
  expect(seen).toEqual([false, false, 'refused']);
});

test('the page is a secure context', async ({ page }) => {
  expect(await page.evaluate(() => [isSecureContext, typeof crypto.subtle])).toEqual([true, 'object']);
});

test('main decides about navigation', async ({ app, page }) => {
  // oxlint-disable-next-line typescript/no-deprecated -- what it opens is refused, and never loads
  await page.click('#outside', { noWaitAfter: true });
  await expectEvent(app, 'navigate https://outside.example/');
  await expect(page).toHaveTitle('Electron API');
  await page.evaluate(() => {
    location.href = 'https://outside.example/by-script';
  });
  await expectEvent(app, 'navigate https://outside.example/by-script');
  await expect(page).toHaveTitle('Electron API');
  await page.evaluate(() => {
    location.hash = '#section';
  });
  await page.click('#other-page');
  await expect(page).toHaveTitle('Other page');
  await expectEvent(app, 'navigate app://fixture/other.html');
  expect(events(app).filter((event) => event.includes('#section'))).toEqual([]);
  expect(await page.evaluate(() => window.fixture.invoke('sender'))).toMatchObject({ origin: 'app://fixture' });
});

test('main decides about frames in the page', async ({ app, page }) => {
  const titles = await page.evaluate(async () => {
    const seen: string[] = [];
    for (const address of ['other.html', 'other.html?refused']) {
      const frame = document.createElement('iframe');
      frame.src = address;
      document.body.append(frame);
      await new Promise((resolve) => {
        frame.addEventListener('load', resolve);
        setTimeout(resolve, 1000);
      });
      seen.push(frame.contentDocument?.title ?? 'another origin');
    }
    return seen;
  });
  expect(titles[0]).toBe('Other page');
  expect(titles[1]).not.toBe('Other page');
  await expectEvent(app, 'frame navigates app://fixture/other.html?refused');
});

test('a frame in the page has no bridge', async ({ page }) => {
  const bridges = await page.evaluate(async () => {
    const frames = [document.createElement('iframe'), document.createElement('iframe')];
    frames[0]!.src = 'other.html';
    document.body.append(...frames);
    await new Promise((resolve) => frames[0]!.addEventListener('load', resolve));
    return frames.map((frame) => typeof Reflect.get(frame.contentWindow ?? {}, 'fixture'));
  });
  expect(bridges).toEqual(['undefined', 'undefined']);
});

test('requests that main cancels do not arrive', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const answers: (number | string)[] = [];
    for (const address of ['other.html', 'echo?cancelled']) {
      answers.push(
        await fetch(address).then(
          ({ status }) => status,
          (error: unknown) => (error instanceof Error ? error.name : 'not an error'),
        ),
      );
    }
    return answers;
  });
  expect(seen).toEqual([200, 'TypeError']);
});

test('windows are not opened', async ({ app, page }) => {
  const opened = await page.evaluate(() => window.open('https://window.example/script'));
  expect(opened).toBeNull();
  await expectEvent(app, 'open https://window.example/script');
  // oxlint-disable-next-line typescript/no-deprecated -- what it opens is refused, and never loads
  await page.click('#new-window', { noWaitAfter: true });
  await expectEvent(app, 'open https://window.example/page');
  await expect.poll(() => page.context().pages().length).toBe(1);
});

test('permissions are what main allows', async ({ page }) => {
  const seen = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'clipboard-write'] as PermissionName[];
    const states = await Promise.all(names.map(async (name) => (await navigator.permissions.query({ name })).state));
    const camera = await navigator.mediaDevices.getUserMedia({ video: true }).then(
      () => 'given',
      () => 'refused',
    );
    return [...states, camera];
  });
  expect(seen).toEqual(['denied', 'denied', 'granted', 'refused']);
});

test('downloads are what main allows', async ({ app, page }) => {
  await page.click('#download');
  await expectEvent(app, 'download app://fixture/download');
});

test('a download that main lets through is a problem of the test', async ({ launch }) => {
  test.skip(onElectron, 'a real Electron shows a native dialog');
  const app = await launch({ app: FIXTURE, env: { FIXTURE_DOWNLOADS: 'let through' } });
  await app.page.click('#download');
  await expectEvent(app, 'download app://fixture/download');
  await expect(app.quit()).rejects.toThrow('A page downloads');
});

test('a reload starts preload and page afresh', async ({ app, page }) => {
  await page.evaluate(() => {
    window.received = [['before']];
  });
  await page.reload();
  expect(await page.evaluate(() => window.received)).toEqual([]);
  await app.clickMenu('open');
  await expect.poll(() => page.evaluate(() => window.received)).toEqual([['menu', 'open']]);
});

test('main learns that a page crashed', async ({ app, page }) => {
  page.goto('chrome://crash').catch(() => undefined);
  await expectEvent(app, 'page gone: crashed');
});
