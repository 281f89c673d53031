// The way of somebody who opens Winnow for the first time, from the start to the first answer of a pruned model: every press of
// the mouse is counted, those in the system's dialogs too.
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import type { AppHandle } from '../app-handle.ts';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { expect, test, WORK_MS } from './test.ts';

const MOST_CLICKS = { sample: 8, ownFiles: 14 };

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

  async pressAndSave(button: Locator, path: string): Promise<void> {
    await this.press(button);
    await this.#app.answerDialog({ kind: 'save', path });
    this.#presses.push('(save)');
  }
}

/** From a run that is scored to the first answers. */
async function pruneAndAsk(app: AppHandle, person: Person, target: string): Promise<void> {
  const { page } = app;
  await person.press(new ScoreScreen(page).goChoose);
  await person.press(new ChooseScreen(page).use);
  const exporting = new ExportScreen(page);
  await person.pressAndSave(exporting.chooseTarget, target);
  await person.press(exporting.start);
  await expect(exporting.written).toBeVisible({ timeout: WORK_MS });
  expect(existsSync(target)).toBe(true);
  await person.press(exporting.goTry);
  const chat = new TryScreen(page);
  await person.press(chat.suggestions.first());
  await chat.expectAnswers(2, WORK_MS);
}

test('the sample', async ({ open, home, picture }) => {
  test.setTimeout(8 * WORK_MS);
  const { app, frame } = await open();
  const person = new Person(app, picture);
  await person.press(new Welcome(app.page).sample);
  await frame.expectScreen('score');
  await pruneAndAsk(app, person, join(home, 'first.gguf'));
  await expect(frame.chip('Demo set')).toContainText('math');
  await picture(app.page, 'answers');
  expect(person.presses.length, person.presses.join(', ')).toBeLessThanOrEqual(MOST_CLICKS.sample);
  expect(await app.quit()).toBe(0);
});

test('own files, by buttons alone', async ({ openUnmeasured, home, picture }) => {
  test.setTimeout(8 * WORK_MS);
  const model = join(home, 'My-MoE-Q8_0.gguf');
  cpSync(SAMPLE_MODEL, model);
  const demos = join(home, 'sums.jsonl');
  writeFileSync(demos, Array.from({ length: 16 }, (_, i) => `${JSON.stringify(chatAbout(i))}\n`).join(''));

  const { app, frame } = await openUnmeasured();
  const { page } = app;
  const person = new Person(app, picture);
  await person.pressAndOpen(new Welcome(page).choose, model);
  await frame.expectScreen('models');
  await person.press(frame.stage.getByRole('button', { name: /^Use / }));
  await frame.expectScreen('demos');
  await person.pressAndOpen(frame.stage.getByRole('button', { name: 'Add files…' }), demos);
  await person.press(frame.stage.getByRole('button', { name: 'Score 16 demos' }));
  await frame.expectScreen('score');
  await person.press(new ScoreScreen(page).start);
  await pruneAndAsk(app, person, join(home, 'My-MoE-sums.gguf'));
  await picture(app.page, 'answers');
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
