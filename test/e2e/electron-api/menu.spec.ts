// The application menu: items by id.
import { expect, test } from './suite.ts';

test('items can be looked at and clicked', async ({ app, page }) => {
  expect(await app.menuItem('open')).toEqual({
    label: 'Open…',
    enabled: true,
    visible: true,
    accelerator: 'CommandOrControl+O',
  });
  expect(await app.menuItem('nothing')).toBeNull();
  await app.clickMenu('open');
  await expect.poll(() => page.evaluate(() => window.received)).toEqual([['menu', 'open']]);
  await expect(app.clickMenu('greyed')).rejects.toThrow('Nobody can click');
});

test('the role quit quits', async ({ app }) => {
  await app.clickMenu('quit');
  expect(await app.ended()).toBe(0);
});
