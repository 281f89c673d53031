// The way of somebody who opens Winnow for the first time, from the start to the first answer of a pruned model: every press of
// the mouse is counted.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { NewScreen } from '../pages/new-screen.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { expect, test, WORK_MS } from '../desktop/test.ts';
import { JOURNEY_MS, SEARCH_MS } from '../waits.ts';

const MOST_CLICKS = 7;

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
  await press(best.tryIt, SEARCH_MS);
  const chat = new TryScreen(page);
  await press(chat.suggestions.first());
  await chat.expectAnswers(2, WORK_MS);
  await press(frame.link('new'));
  await expect(best.file).toContainText(/(worse|loss|better) .*on your work/);
  const [written] = readdirSync(join(home, 'Winnow'));
  expect(written).toMatch(/^winnow-sample-math-[\d.]+MB\.gguf$/);
  await expect(best.file).toContainText(written ?? '');
  await press(best.openIn);
  await press(page.getByRole('menuitem', { name: 'llama.cpp' }));
  await expect(best.file.getByRole('status')).toContainText('llama-cli');
  expect(presses.length, presses.join(', ')).toBeLessThanOrEqual(MOST_CLICKS);
  expect(await app.quit()).toBe(0);
});
