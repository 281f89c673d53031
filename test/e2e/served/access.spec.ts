// Who gets in, and what those see who do not.
import { expect, openServed, test } from './test.ts';

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

test('two servers let the same browser in', async ({ serve, page, context }) => {
  const [first, second] = [await serve(), await serve()];
  await openServed(page, first.address);
  await openServed(await context.newPage(), second.address);
  await openServed(page, first.origin);
});

test('Ctrl+C ends the server', async ({ enter }) => {
  const { served } = await enter();
  expect(await served.stop()).toBe(0);
});
