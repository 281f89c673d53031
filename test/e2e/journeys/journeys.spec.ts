// The way of somebody who opens Winnow for the first time, from the start to the first answer of a pruned model: every press of
// the mouse is counted.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { BestScreen } from '../pages/best-screen.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { expect, test, WORK_MS } from '../desktop/test.ts';
import { JOURNEY_MS, SEARCH_MS } from '../waits.ts';

const MOST_CLICKS = 7;

/** Someone with a mouse. */
class Person {
  readonly #picture: (name: string) => Promise<void>;
  /** In order, for whoever wants to know what was too much. */
  readonly presses: string[] = [];

  /** @param picture keeps what is seen before each press */
  constructor(page: Page, picture: (page: Page, name: string) => Promise<void>) {
    this.#picture = (name) => picture(page, name);
  }

  async press(button: Locator, timeout = WORK_MS): Promise<void> {
    await expect(button).toBeEnabled({ timeout });
    await this.#picture(`press-${this.presses.length + 1}`);
    this.presses.push(await button.innerText());
    await button.click();
  }
}

test('the sample, to an answer that is read and a chat program', async ({ open, home, picture }) => {
  test.setTimeout(JOURNEY_MS);
  const { app, frame } = await open();
  const { page } = app;
  const person = new Person(page, picture);
  const best = new BestScreen(page);
  await person.press(new Welcome(page).sample);
  await frame.expectScreen('best');
  await person.press(best.find);
  await person.press(best.tryIt, SEARCH_MS);
  const chat = new TryScreen(page);
  await person.press(chat.suggestions.first());
  await chat.expectAnswers(2, WORK_MS);
  await picture(page, 'answers');
  await person.press(frame.link('best'));
  await expect(best.file).toContainText(/(worse|loss|better) .*on your work/);
  const [written] = readdirSync(join(home, 'Winnow'));
  expect(written).toMatch(/^winnow-sample-math-[\d.]+MB\.gguf$/);
  await expect(frame.chip('Demo set')).toContainText('math');
  await expect(frame.chip('File')).toContainText(written ?? '');
  await person.press(best.openIn);
  await person.press(page.getByRole('menuitem', { name: 'llama.cpp' }));
  await expect(best.file.getByRole('status')).toContainText('llama-cli');
  await picture(page, 'opened');
  expect(person.presses.length, person.presses.join(', ')).toBeLessThanOrEqual(MOST_CLICKS);
  expect(await app.quit()).toBe(0);
});
