import { test, expect } from './test.ts';
import { Welcome } from '../pages/welcome.ts';
test('smoke', async ({ open }) => {
  test.setTimeout(180_000);
  const { app, frame } = await open();
  const welcome = new Welcome(app.page);
  await expect(welcome.title).toBeVisible();
  await welcome.sample.click();
  await frame.expectScreen('score');
  console.log(await app.page.locator('body').ariaSnapshot());
  await app.page.getByRole('button', { name: /^Score 40/ }).click();
  await expect(app.page.getByRole('button', { name: 'Choose experts' })).toBeVisible({ timeout: 120_000 });
  await app.page.screenshot({ path: '/tmp/team/e2e/smoke.png' });
  console.log(await app.page.locator('body').ariaSnapshot());
  await frame.go('choose');
  console.log(await app.page.locator('body').ariaSnapshot());
  console.log(await app.quit());
});
