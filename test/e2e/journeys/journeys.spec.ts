// The way of somebody who opens Winnow for the first time, from the start to the first answer of a pruned model: every press of
// the mouse is counted, those in the system's dialogs too.
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import type { AppHandle } from '../app-handle.ts';
import { BestScreen } from '../pages/best-screen.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { expect, test, WORK_MS } from '../desktop/test.ts';
import { JOURNEY_MS, SEARCH_MS } from '../waits.ts';

const MOST_CLICKS = { sample: 7, ownFiles: 6 };

/** Someone with a mouse. */
class Person {
  readonly #app: AppHandle;
  readonly #picture: (name: string) => Promise<void>;
  readonly #presses: string[] = [];

  /** @param picture keeps what is seen before each press */
  constructor(app: AppHandle, picture: (page: Page, name: string) => Promise<void>) {
    this.#app = app;
    this.#picture = (name) => picture(app.page, name);
  }

  /** In order, for whoever wants to know what was too much. */
  get presses(): readonly string[] {
    return this.#presses;
  }

  async press(button: Locator, timeout = WORK_MS): Promise<void> {
    await expect(button).toBeEnabled({ timeout });
    await this.#picture(`press-${this.#presses.length + 1}`);
    this.#presses.push(await button.innerText());
    await button.click();
  }

  /** Presses a button that opens a dialog of the system, and the dialog's own. */
  async pressAndOpen(button: Locator, path: string): Promise<void> {
    await this.press(button);
    await this.#app.answerDialog({ kind: 'open', paths: [path] });
    this.#presses.push('(open)');
  }
}

/** From the two questions to the answers of the best file. */
async function findAndAsk(app: AppHandle, person: Person): Promise<void> {
  const { page } = app;
  const best = new BestScreen(page);
  await person.press(best.find);
  await person.press(best.tryIt, SEARCH_MS);
  const chat = new TryScreen(page);
  await person.press(chat.suggestions.first());
  await chat.expectAnswers(2, WORK_MS);
}

test('the sample, to an answer that is read and a chat program', async ({ open, home, picture }) => {
  test.setTimeout(JOURNEY_MS);
  const { app, frame } = await open();
  const { page } = app;
  const person = new Person(app, picture);
  const best = new BestScreen(page);
  await person.press(new Welcome(page).sample);
  await frame.expectScreen('best');
  await findAndAsk(app, person);
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
  expect(person.presses.length, person.presses.join(', ')).toBeLessThanOrEqual(MOST_CLICKS.sample);
  expect(await app.quit()).toBe(0);
});

test('own files and a memory size, by buttons and one field', async ({ openUnmeasured, home, picture }) => {
  test.setTimeout(4 * WORK_MS);
  const model = join(home, 'My-MoE-Q8_0.gguf');
  cpSync(SAMPLE_MODEL, model);
  const demos = join(home, 'sums.jsonl');
  writeFileSync(demos, Array.from({ length: 48 }, (_, i) => `${JSON.stringify(chatAbout(i))}\n`).join(''));

  const { app, frame } = await openUnmeasured();
  const { page } = app;
  const person = new Person(app, picture);
  const best = new BestScreen(page);
  await person.pressAndOpen(new Welcome(page).choose, model);
  await frame.expectScreen('models');
  await person.press(frame.stage.getByRole('button', { name: /^Work with / }));
  await frame.expectScreen('best');
  await person.pressAndOpen(best.addFiles, demos);
  await best.memory.fill('20 MB');
  await expect(best.memory).toHaveValue('20 MB');
  await expect(best.plan).toContainText(/One file fits|Compares up to/, { timeout: WORK_MS });
  await person.press(best.find);
  // nothing more is asked for until the file is there; searches on demos alone: test/integration/fit.test.ts
  await expect(best.search).toContainText('demos choose the experts', { timeout: WORK_MS });
  await picture(page, 'searching');
  await best.cancel.click();
  await expect(frame.stage).toContainText('What was scored and measured is kept.');
  expect(person.presses.length, person.presses.join(', ')).toBeLessThanOrEqual(MOST_CLICKS.ownFiles);
  expect(await app.quit()).toBe(0);
});

function chatAbout(index: number): unknown {
  const [baskets, each] = [index + 3, 2 * index + 5];
  return {
    messages: [
      { role: 'user', content: `There are ${baskets} baskets with ${each} pears in each. How many pears are there?` },
      {
        role: 'assistant',
        content: `There are ${baskets} * ${each} = ${baskets * each} pears.\n#### ${baskets * each}`,
      },
    ],
  };
}
