// The way of somebody who opens Winnow for the first time, from the start to the first answer of a pruned model: every press of
// the mouse is counted.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { NewScreen } from '../pages/new-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { expect, test, WORK_MS } from '../desktop/test.ts';
import { JOURNEY_MS, SEARCH_MS } from '../waits.ts';

const MOST_CLICKS = 4;

test('the sample, to an answer that is read and a chat program', async ({ open, home }) => {
  test.setTimeout(JOURNEY_MS);
  const { app, frame } = await open();
  const { page } = app;
  /** In order, for whoever wants to know what was too much. */
  const presses: string[] = [];
  const press = async (button: Locator, timeout = WORK_MS): Promise<void> => {
    await expect(button).toBeEnabled({ timeout });
    presses.push(await button.innerText());
    await button.click();
  };
  const best = new NewScreen(page);
  await press(new Welcome(page).sample);
  await frame.expectScreen('new');
  await press(best.find);
  await expect(best.file).toContainText(/words as the model would have chosen them/, { timeout: SEARCH_MS });
  await expect(best.answers.getByRole('article')).toHaveCount(3, { timeout: WORK_MS });
  const [written] = readdirSync(join(home, 'Winnow'));
  expect(written).toMatch(/^winnow-sample-math-[\d.]+MB\.gguf$/);
  await expect(best.file).toContainText(written ?? '');
  await press(best.openIn);
  await press(page.getByRole('menuitem', { name: 'llama.cpp' }));
  await expect(best.file.getByRole('status')).toContainText('llama-cli');
  expect(presses.length, presses.join(', ')).toBeLessThanOrEqual(MOST_CLICKS);
  expect(await app.quit()).toBe(0);
});
