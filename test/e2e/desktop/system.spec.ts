// Winnow among the other programs of the desktop: menu, recent files, files that belong to it, task bar, sleep,
// notifications, and the window's own life.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { Frame, SCREEN_IDS } from '../pages/frame.ts';
import { ModelPart } from '../pages/model-part.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { fewDemos, SAMPLE_MODEL } from '../sample.ts';
import { beginScoring, MANY_DEMOS, untilUnderWay } from './begin-scoring.ts';
import { expect, test, WORK_MS } from './test.ts';

test('the menu has the commands of the window, with their keys', async ({ open, home }) => {
  const { app, frame } = await open();
  for (const screen of SCREEN_IDS) {
    await app.clickMenu(`go-${screen}`);
    await frame.expectScreen(screen);
  }
  expect(await app.menuItem('go-new')).toMatchObject({ label: 'New File', accelerator: 'CmdOrCtrl+1', enabled: true });

  const model = join(home, 'mine.gguf');
  copyFileSync(SAMPLE_MODEL, model);
  await app.answerDialog({ kind: 'open', paths: [model] });
  await app.clickMenu('open-model');
  await expect(frame.fileResult('mine.gguf')).toContainText('Added to the library.');
  await app.answerDialog({ kind: 'open', paths: [fewDemos('math', 3, join(home, 'sums.jsonl'))] });
  await app.clickMenu('add-demos');
  await expect(frame.fileResult('sums.jsonl')).toContainText('3 demos added');
  await expect.poll(() => app.recentDocuments()).toContain(model);
});

test('models that the system hands over open in the window that is there, and in a new one', async ({
  open,
  home,
  launch,
}, testInfo) => {
  const { app, frame } = await open();
  const model = join(home, 'opened.gguf');
  copyFileSync(SAMPLE_MODEL, model);
  await app.openFile(model);
  await expect(frame.fileResult('opened.gguf')).toContainText('Added to the library.');
  expect(await app.quit()).toBe(0);

  const other = await launch({ home: testInfo.outputPath('other-home'), args: [model] });
  await expect(new Frame(other.page).fileResult('opened.gguf')).toContainText('Added to the library.');
  await expect(new ModelPart(other.page).part).toContainText('opened');
});

test('while work runs: progress in the task bar, no sleep, a notification at the end', async ({ open, home }) => {
  test.setTimeout(2 * WORK_MS);
  const { app, frame } = await open();
  expect(await app.powerBlocked()).toBe(false);
  await beginScoring({ app, frame }, home, 6);
  await app.setFocused(false);
  await expect.poll(() => app.powerBlocked(), { timeout: WORK_MS, intervals: [50] }).toBe(true);
  await expect.poll(() => app.progressBar(), { timeout: WORK_MS, intervals: [50] }).toBeGreaterThan(0);
  await expect.poll(() => app.notifications(), { timeout: WORK_MS }).toHaveLength(1);
  const [news] = await app.notifications();
  expect(news).toMatchObject({ title: 'Scoring finished', body: expect.stringContaining('python') });
  expect(await app.powerBlocked()).toBe(false);
  expect(await app.progressBar()).toBe(-1);
  await app.clickNotification('Scoring finished');
  await expect.poll(() => app.page.evaluate(() => document.visibilityState)).toBe('visible');
});

test('closing the window while it works keeps what is done, and its place', async ({ open, home }) => {
  test.setTimeout(2 * WORK_MS);
  const { app, frame } = await open();
  const bounds = { x: 40, y: 30, width: 1100, height: 700 };
  await app.resizeWindow(bounds);
  await untilUnderWay(await beginScoring({ app, frame }, home, MANY_DEMOS), WORK_MS);
  await app.closeWindow();
  expect(await app.ended()).toBe(0);

  const again = await open();
  expect(await again.app.windowBounds()).toEqual(bounds);
  await again.frame.go('score');
  await expect(new ScoreScreen(again.app.page).resume).toBeVisible();
});
