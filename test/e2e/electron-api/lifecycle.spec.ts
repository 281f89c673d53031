// Windows and the app end in Electron's order, and a second instance hands over to the first.
import { FIXTURE } from './fixture/fixture-app.ts';
import { events, expect, expectEvent, test } from './suite.ts';

test('the app is ready only after its module has run', async ({ app }) => {
  await expectEvent(app, 'ready');
  expect(events(app).slice(0, 2)).toEqual(['main evaluated', 'ready']);
});

test('quit: close, closed, will-quit', async ({ app }) => {
  await expectEvent(app, 'shown');
  const before = events(app).length;
  expect(await app.quit()).toBe(0);
  expect(events(app).slice(before)).toEqual(['close', 'closed, destroyed: true', 'will-quit']);
});

test('the last window closed: window-all-closed, then quit', async ({ app }) => {
  await expectEvent(app, 'shown');
  const before = events(app).length;
  await app.closeWindow();
  expect(await app.ended()).toBe(0);
  expect(events(app).slice(before)).toEqual(['close', 'closed, destroyed: true', 'window-all-closed', 'will-quit']);
});

test('close can be prevented, and with it the quitting', async ({ app, page, invoke }) => {
  await invoke('prevent', 'close');
  await app.clickMenu('quit');
  await expectEvent(app, 'close');
  await expect(page).toHaveTitle('Electron API');
  expect(await app.quit()).toBe(0);
  expect(events(app).filter((event) => event === 'close')).toHaveLength(2);
});

test('will-quit can be prevented', async ({ app, invoke }) => {
  await invoke('prevent', 'will-quit');
  await app.clickMenu('quit');
  await expectEvent(app, 'will-quit');
  expect(await app.quit()).toBe(0);
  expect(events(app).filter((event) => event === 'will-quit')).toHaveLength(2);
});

test("a page's beforeunload keeps the window", async ({ app, page }) => {
  await page.click('#target');
  await page.evaluate(() => {
    window.onbeforeunload = (event) => {
      document.title = 'asked';
      event.preventDefault();
    };
  });
  await app.closeWindow();
  await expectEvent(app, 'close');
  // the page answers only when the question is settled: an earlier quit would be called off with this closing
  await expect(page).toHaveTitle('asked');
  await page.evaluate(() => {
    window.onbeforeunload = null;
  });
  expect(await app.quit()).toBe(0);
});

test('a second instance hands its files to the first', async ({ app, page }) => {
  await app.openFile('/tmp/some run.winnow');
  await expect
    .poll(() => page.evaluate(() => window.received))
    .toEqual([['event', 'second-instance', expect.arrayContaining(['/tmp/some run.winnow'])]]);
});

test('another home is another instance; an ended one leaves nothing locked', async ({ launch }, testInfo) => {
  const one = await launch({ app: FIXTURE, home: testInfo.outputPath('one') });
  const two = await launch({ app: FIXTURE, home: testInfo.outputPath('two') });
  for (const { page } of [one, two]) await expect(page).toHaveTitle('Electron API');
  await one.quit();
  const again = await launch({ app: FIXTURE, home: testInfo.outputPath('one') });
  await expect(again.page).toHaveTitle('Electron API');
});
