// What becomes of the page when its server is gone, and of the server's work when the page is.
import { ScoreScreen } from '../pages/score-screen.ts';
import { FatalScreen } from '../pages/fatal-screen.ts';
import { Frame } from '../pages/frame.ts';
import { SettingsScreen } from '../pages/settings-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { expect, openServed, test, WORK_MS } from './test.ts';
import { openTunnel } from './tunnel.ts';

test('a killed server, and the one that takes its place', async ({ enter, serve, page, context }) => {
  const { served, frame } = await enter();
  const { heading, message, restart } = new FatalScreen(page);
  await frame.go('settings');
  await served.kill();
  await expect(heading).toHaveText('Connection to the server lost');
  await expect(message).toContainText('It reconnects by itself');
  await expect(message).toContainText('if the server was stopped, start it again');
  await expect(restart).toBeHidden();

  const next = await serve(Number(new URL(served.origin).port));
  await expect(heading).toHaveText('The server does not know this page');
  await expect(message).toContainText('Open the address that “winnow serve” prints now');
  await openServed(await context.newPage(), next.address);
  await frame.expectScreen('settings');
});

test('a tunnel that breaks and a reload, while a job runs', async ({ serve, page }) => {
  test.setTimeout(WORK_MS);
  const served = await serve();
  const tunnel = await openTunnel(served.origin);
  await openServed(page, tunnel.through(served.address));
  const frame = new Frame(page);
  const score = new ScoreScreen(page);
  await new Welcome(page).sample.click();
  await expect(frame.stage).toContainText('winnow-sample');
  // the longest of the sample's runs
  await frame.takeDemos('japanese');
  await frame.go('score');
  await score.start.click();
  await expect(score.cancel).toBeVisible({ timeout: WORK_MS });

  await test.step('the tunnel', async () => {
    await tunnel.cut();
    await expect(new FatalScreen(page).heading).toHaveText('Connection to the server lost');
    await tunnel.mend();
    await frame.expectScreen('score');
    await expect(score.cancel).toBeVisible();
  });

  await test.step('the reload', async () => {
    await page.reload();
    await frame.expectScreen('score');
    await expect(frame.stage).toContainText('winnow-sample');
    await expect(frame.stage).toContainText('japanese');
    await expect(frame.jobStrip).toContainText('Scoring');
    await expect(score.progress.first()).toBeVisible();
  });

  await score.cancel.click();
  await expect(score.result).toContainText('Cancelled', { timeout: WORK_MS });
  await tunnel.cut();
});

test('a screen whose scripts cannot be read says so, and is there after a reload', async ({ enter, page }) => {
  await page.route('**/prove-screen-*.js', (route) => route.abort());
  const { frame } = await enter();
  const alert = frame.stage.getByRole('alert');
  const openProve = async (): Promise<unknown> => page.evaluate(() => (location.hash = '/prove'));
  await openProve();
  await expect(alert).toContainText('prove-screen');
  await frame.go('settings');
  await openProve();
  // Chromium asks for them again
  await expect(alert).toContainText('prove-screen');
  await page.unroute('**/prove-screen-*.js');
  await frame.stage.getByRole('button', { name: 'Reload' }).click();
  await frame.expectScreen('prove');
});

test('a language whose texts cannot be read leaves the page in English, and says so', async ({ enter, page }) => {
  await page.route('**/ja-*.js', (route) => route.abort());
  const { frame } = await enter();
  await frame.go('settings');
  await new SettingsScreen(page).setLanguage('日本語');
  await expect(page.getByRole('alert')).toContainText('ja-');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await frame.expectScreen('settings');
});
