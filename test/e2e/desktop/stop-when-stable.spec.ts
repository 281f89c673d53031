// Scoring that is to end when the choice is stable: what is said before, and after.
import { join } from 'node:path';
import { ScoreScreen } from '../pages/score-screen.ts';
import { fewDemos, SAMPLE_MODEL } from '../sample.ts';
import { expect, test } from './test.ts';

test('scoring ends early and says how surely', async ({ open, home }) => {
  const { app, frame } = await open();
  await app.dropFiles([SAMPLE_MODEL]);
  await expect(frame.chip('Model')).toContainText('winnow-sample');
  await app.dropFiles([fewDemos('python', 24, join(home, 'python.jsonl'))]);
  await expect(frame.chip('Demo set')).toContainText('python');
  await frame.go('score');
  const { page } = app;
  await expect(page.getByText('Takes about')).toBeVisible();
  const stop = page.getByRole('switch', { name: 'Stop early once results settle' });
  await stop.press('Space');
  await expect(page.getByText('Takes at most about')).toBeVisible();
  await page.getByRole('textbox', { name: 'May still change' }).fill('45');
  await page.getByRole('textbox', { name: 'May still change' }).press('Tab');
  await new ScoreScreen(page).start.click();
  await expect(page.getByText('Stopped early: the results have settled.')).toBeVisible({ timeout: 90_000 });
  await expect(
    page.getByText(/the other demos would change at most \d+(\.\d+)?% of 16 experts per layer \(95% sure\)/),
  ).toBeVisible();
});
