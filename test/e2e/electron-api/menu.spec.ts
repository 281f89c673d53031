// The application menu: items by id, keys that the page leaves to it.
import { expect, test } from './suite.ts';

test('items can be looked at and clicked', async ({ app, page }) => {
  expect(await app.menuItem('open')).toEqual({
    label: 'Open…',
    enabled: true,
    visible: true,
    checked: false,
    accelerator: 'CommandOrControl+O',
  });
  expect(await app.menuItem('nothing')).toBeNull();
  await app.clickMenu('open');
  await app.clickMenu('wrap');
  await app.clickMenu('log');
  await expect
    .poll(() => page.evaluate(() => window.received))
    .toEqual([
      ['menu', 'open', null],
      ['menu', 'wrap', false],
      ['menu', 'log', null],
    ]);
  expect([(await app.menuItem('linear'))?.checked, (await app.menuItem('log'))?.checked]).toEqual([false, true]);
  await expect(app.clickMenu('greyed')).rejects.toThrow('Nobody can click');
});

test('accelerators work unless the page takes the key', async ({ page }) => {
  const received = (): Promise<unknown[]> => page.evaluate(() => window.received.map(([, id]) => id));
  await page.focus('#text');
  for (const key of ['a', 'F2', 'F4', 'ControlOrMeta+k', 'ControlOrMeta+p', 'F1', 'ControlOrMeta+Shift+P']) {
    await page.keyboard.press(key);
  }
  await page.keyboard.press('ControlOrMeta+o');
  await expect.poll(received).toEqual(['help', 'palette', 'open']);
  expect(await page.inputValue('#text')).toBe('a');
});

test('the role quit quits', async ({ app }) => {
  await app.clickMenu('quit');
  expect(await app.ended()).toBe(0);
});
