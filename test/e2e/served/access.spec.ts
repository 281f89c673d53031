// Who gets in, and what those see who do not.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, openServed, test, WORK_MS } from './test.ts';

test('the address opens once, in one browser', async ({ serve, page, browser }) => {
  const { address, origin } = await serve();
  await openServed(page, address);
  await expect(page).toHaveURL(`${origin}/`);

  await test.step('another browser is refused, and told what to do', async () => {
    const other = await browser.newContext();
    const stranger = await other.newPage();
    expect((await stranger.goto(address))?.status()).toBe(401);
    await expect(stranger.getByRole('heading')).toHaveText('This address was used already, or is mistyped');
    await expect(stranger.getByRole('main')).toContainText('open the address that it prints');
    await stranger.goto(origin);
    await expect(stranger.getByRole('heading')).toHaveText('This browser was not let in yet');
    await other.close();
  });

  await test.step('the same browser comes back by its history', async () => {
    await openServed(page, address);
    await expect(page).toHaveURL(`${origin}/`);
  });
});

test('a reload, another tab, and the next one after all were closed go on without another address', async ({
  enter,
  page,
  context,
}) => {
  test.setTimeout(WORK_MS);
  const { served } = await enter();
  await page.reload();
  await page.getByRole('navigation', { name: 'Window' }).waitFor();
  const second = await context.newPage();
  await openServed(second, served.origin);
  await page.close();
  await second.close();
  const third = await context.newPage();
  await openServed(third, served.origin);
  await expect(third.getByRole('alert')).toBeHidden();
});

// what that cookie opens: test/integration/served.test.ts
test('a server on another port gets the browser’s cookie, and not the key', async ({ enter, page, context }) => {
  await enter();
  const heard: IncomingHttpHeaders[] = [];
  const thief = createServer(({ headers }, response) => {
    heard.push(headers);
    response.setHeader('content-type', 'text/html').end('<title>another server</title>');
  });
  await new Promise<void>((done) => thief.listen(0, '127.0.0.1', done));
  const lure = await context.newPage();
  await lure.goto(`http://127.0.0.1:${(thief.address() as AddressInfo).port}/`);
  const key = await page.evaluate(() => localStorage.getItem('winnow-key'));
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(heard[0]?.cookie).toContain('winnow_session_');
  expect(JSON.stringify(heard)).not.toContain(key);
  expect(await lure.evaluate(() => localStorage.length)).toBe(0);
  await new Promise((done) => thief.close(done));
});
