// Fitted routers: what they take, whether they help, and a file that has them and says so.
import { join } from 'node:path';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { VerdictLine } from '../pages/verdict-line.ts';
import { expect, test, WORK_MS } from './test.ts';

test('routers are fitted once, judged, looked at before writing, and written', async ({ openWork, home, picture }) => {
  test.setTimeout(3 * WORK_MS);
  const { app, frame } = await openWork();
  const { page } = app;
  await frame.take('Run', /^math/);
  await frame.go('choose');
  const choose = new ChooseScreen(page);
  await choose.keep(8);
  await choose.use.click();
  await frame.expectScreen('export');
  const screen = new ExportScreen(page);
  await page.getByRole('checkbox', { name: 'Measure exported files' }).click({ force: true });
  await screen.calibrate.click({ force: true });
  await expect(screen.fit).toBeEnabled();
  await expect(frame.stage).toContainText('4 train the routers, 4 say when to stop, and 4 judge the result.');
  await expect(frame.stage).toContainText(
    /Takes about as long as 4 scoring passes \(.+\), and the calibration itself\./,
  );
  await picture(page, 'cost');
  await app.answerDialog({ kind: 'save', path: join(home, 'fitted.gguf') });
  await screen.chooseTarget.click();
  await expect(screen.start).toBeDisabled();

  await screen.fit.click();
  await screen.cancelFit.click();
  await screen.fit.click();
  await expect(screen.fitResult).toContainText('It helped. KL divergence from the full model', { timeout: WORK_MS });
  await expect(screen.dryRun).toContainText(/calibrated on 4 demos: KL divergence .+ → .+ nats/);
  await expect(screen.dryRun).toContainText('winnow.calibration');
  await picture(page, 'found');
  await screen.start.click();
  await expect(screen.written).toContainText('the routers with the calibrated ones.', { timeout: WORK_MS });
  await expect(screen.written).toContainText('calibrated on 4 demos');
  await expect(new VerdictLine(page).sentence).toHaveText(/^With calibrated routers: .+ Nothing measured yet\.$/);
  await expect(frame.chip('File')).toHaveText(/fitted\.gguf$/);
  const row = frame.stage.getByRole('grid', { name: 'Exports' }).getByRole('row', { name: /fitted\.gguf/ });
  await expect(row).toContainText('math 8/32');
  await expect(row.getByText('calibrated', { exact: true })).toBeVisible();
  await picture(page, 'written');
});
