// The whole job without a mouse.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { SCREEN_IDS } from '../pages/frame.ts';
import { pressByKeys, tabTo, watchPointer } from '../pages/keyboard.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { expect, test, WORK_MS } from './test.ts';

const DEMOS = 8;

test('the whole job by keyboard alone', async ({ openUnmeasured, home }) => {
  test.setTimeout(8 * WORK_MS);
  const { app, frame } = await openUnmeasured();
  const { page } = app;
  const pointerEvents = await watchPointer(page);
  const press = (key: string): Promise<void> => page.keyboard.press(key);

  await test.step('open the sample', async () => {
    await pressByKeys(page, new Welcome(page).sample);
    await expect(frame.stage).toContainText('winnow-sample');
    await press('Control+4');
    await frame.expectScreen('score');
  });

  await test.step('score some demos of another set', async () => {
    const score = new ScoreScreen(page);
    await press('Control+3');
    await tabTo(page, frame.stage.getByRole('row', { name: /^math/ }));
    await page.keyboard.type('python');
    await expect(frame.stage.getByRole('row', { name: /^python/ })).toBeFocused();
    await press('Enter');
    await press('Control+4');
    await tabTo(page, score.howMany);
    await press('Control+a');
    await page.keyboard.type(String(DEMOS));
    await press('Enter');
    await expect(score.start).toHaveText(`Score ${DEMOS} demos`);
    await tabTo(page, score.start, 'Shift+Tab');
    await press('Enter');
    await expect(score.goChoose).toBeVisible({ timeout: WORK_MS });
    await pressByKeys(page, score.goChoose);
    await frame.expectScreen('choose');
  });

  await test.step('walk over the picture, pin, forbid, and choose how many stay', async () => {
    const { heatmap, marks, slider, use } = new ChooseScreen(page);
    await tabTo(page, heatmap.picture);
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'End']) await press(key);
    await expect(heatmap.spoken).toHaveText(/^Layer 1, expert \d+.*rank 32 of 32.*dropped/);
    await press('p');
    await expect(marks).toHaveText('1 pinned, 0 forbidden');
    await expect(heatmap.spoken).toContainText('pinned');
    await press('Home');
    await press('d');
    await expect(marks).toHaveText('1 pinned, 1 forbidden');
    await press('Enter');
    await expect(frame.inspector.getByRole('heading', { level: 2 })).toHaveText(/^Expert \d+, layer 1$/);
    await press('+');
    await press('0');
    await tabTo(page, slider, 'Shift+Tab');
    await press('ArrowRight');
    await expect(use).toHaveText('Export 17 of 32');
    await press('ArrowLeft');
    await expect(use).toHaveText('Export 16 of 32');
  });

  await test.step('export', async () => {
    await tabTo(page, new ChooseScreen(page).use, 'Shift+Tab');
    await press('Enter');
    await frame.expectScreen('export');
    const screen = new ExportScreen(page);
    const target = join(home, 'by-keys.gguf');
    await app.answerDialog({ kind: 'save', path: target });
    await pressByKeys(page, screen.chooseTarget);
    await expect(screen.dryRun).toBeVisible();
    await pressByKeys(page, screen.start);
    await expect(screen.written).toBeVisible({ timeout: WORK_MS });
    expect(existsSync(target)).toBe(true);
  });

  await test.step('chat', async () => {
    await press('Control+8');
    await frame.expectScreen('try');
    const chat = new TryScreen(page);
    await pressByKeys(page, chat.loadBoth);
    await expect(chat.ask).toHaveText('Ask both', { timeout: WORK_MS });
    await pressByKeys(page, chat.settings);
    await tabTo(page, chat.mostTokens);
    await press('Control+a');
    await page.keyboard.type('16');
    await press('Enter');
    await press('Escape');
    await expect(chat.settings).toBeFocused();
    await tabTo(page, chat.question, 'Shift+Tab');
    await page.keyboard.type('What is a list?');
    await press('Enter');
    await chat.expectAnswers(2, WORK_MS);
  });

  await test.step('every screen by its number', async () => {
    const numbered = SCREEN_IDS.filter((screen) => screen !== 'settings');
    for (const [index, screen] of numbered.entries()) {
      await press(`Control+${index + 1}`);
      await frame.expectScreen(screen);
    }
    await press('Control+,');
    await frame.expectScreen('settings');
  });
  expect(await pointerEvents()).toBe(0);
});
