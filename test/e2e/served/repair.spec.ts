// A repair from Export: what it takes and what it gave; left out: test/integration/repaired-exports.test.ts.
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { VerdictLine } from '../pages/verdict-line.ts';
import { copyWork } from '../work-home.ts';
import { expect, test, WORK_MS } from './test.ts';

const FEW = 8;

test('what was cut is repaired, and what that gave is said', async ({ enter, page, home }) => {
  test.setTimeout(6 * WORK_MS);
  copyWork(home);
  await page.setViewportSize({ width: 1440, height: 900 });
  const { frame } = await enter();
  const screen = new ExportScreen(page);

  await test.step('off, until it is asked for; what it takes is said before', async () => {
    await frame.go('choose');
    const choosing = new ChooseScreen(page);
    await choosing.keep(FEW);
    await choosing.use.click();
    await frame.expectScreen('export');
    await page.getByRole('checkbox', { name: 'Measure exported files' }).click({ force: true });
    await expect(screen.repair).not.toBeChecked();
    await expect(screen.dryRun).not.toContainText('What the repair changes');
    await screen.repair.click({ force: true });
    await expect(frame.stage).toContainText(
      'It is fitted to 8 of the demos that chose the experts; 4 others judge the result.',
      { timeout: WORK_MS },
    );
    await expect(frame.stage).toContainText(
      /Takes .+ after writing; meanwhile it needs [\d.]+ MB of disk space and [\d.]+ MB more memory than scoring\./,
    );
    await expect(screen.dryRun).toContainText('What the repair changes is compared with what was fitted.');
    await expect(frame.stage).toContainText(
      'Every byte that is kept stays as it is, except for what the repair changes.',
    );
    await expect(new VerdictLine(page).sentence).toHaveText(/^Repaired: .+ Nothing measured yet\.$/);
  });

  await test.step('the file says what was repaired, and what that gave', async () => {
    await screen.start.click();
    await expect(screen.written).toContainText('What the repair changed was compared with what was fitted.', {
      timeout: 4 * WORK_MS,
    });
    await expect(screen.written).toContainText('The experts’ down matrices, fitted to 8 demos.');
    await expect(screen.written).toContainText(
      /KL divergence from the full model 0\.\d{3} → 0\.\d{3} nats on 4 demos that it was not fitted to \(change: −0\.\d{3} to −0\.\d{3}\)\. Top-1 agreement [\d.]+% → [\d.]+%\./,
    );
    await expect(screen.written).toContainText('carries nothing that was fitted');
    await expect(new VerdictLine(page).sentence).toHaveText(/^Repaired: .+ Nothing measured yet\.$/);
    const row = frame.stage
      .getByRole('grid', { name: 'Exports' })
      .getByRole('row', { name: /8 of 32/ })
      .first();
    await expect(row.getByText('repaired', { exact: true })).toBeVisible();
  });
});
