// One truth for the choice: what Choose shows is what the bar above names, Export writes and Prove measures.
import { join } from 'node:path';
import { callFromPage } from '../bench/engine-calls.ts';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { VerdictLine } from '../pages/verdict-line.ts';
import { expertCounts } from '../stock-llama.ts';
import { expect, test, WORK_MS } from './test.ts';

test('figures of one choice are never shown for another', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  const verdict = new VerdictLine(page);
  await frame.go('prove');
  await expect(verdict.sentence).toContainText('Perplexity on python: ');

  await frame.take('Run', /^math/);
  await frame.go('choose');
  await new ChooseScreen(page).use.click();
  await frame.go('prove');
  await expect(frame.stage.getByRole('heading', { name: 'Nothing measured yet for this selection' })).toBeVisible();
  await expect(verdict.sentence).toHaveText(/^[\d.]+ MB instead of 22\.8 MB\. Nothing measured yet\.$/);
  await expect(frame.stage).not.toContainText('Use this model only for');
});

test('what Choose shows is what is named above and what Export writes, by whichever way one leaves', async ({
  openWork,
  home,
}) => {
  test.setTimeout(4 * WORK_MS);
  const { app, frame } = await openWork();
  const { page } = app;
  const choose = new ChooseScreen(page);
  const screen = new ExportScreen(page);
  await frame.go('choose');
  await choose.keep(8);
  await expect(choose.use).toHaveText('Export 8 of 32');
  await frame.go('export');
  await expect(frame.stage).toContainText('“python 8/32”: 8 of 32 experts');
  await expect(frame.chip('Selection')).toContainText('python 8/32');
  await expect(frame.chip('File')).not.toContainText('python-16e');

  const target = join(home, 'small.gguf');
  await app.answerDialog({ kind: 'save', path: target });
  await screen.chooseTarget.click();
  const hash = frame.stage.getByRole('definition').locator('code').first();
  await expect(screen.dryRun).toContainText('python 8/32');
  await expect(screen.dryRun).not.toContainText(/([\d.]+ [GT]B)\s*\1 afterwards/);
  const written = await hash.innerText();
  await screen.start.click();
  await expect(screen.written).toBeVisible({ timeout: WORK_MS });
  await expect(screen.written).toContainText(written);
  expect((await expertCounts(target)).header).toBe(8);
  await expect(frame.chip('File')).toContainText('small.gguf');
  await expect(frame.stage.getByRole('row', { name: /small\.gguf/ })).toContainText('this selection');

  // the choice that was measured is another one, and found with its file
  await frame.go('choose');
  await choose.keep(16);
  await frame.go('export');
  await expect(frame.chip('File')).toContainText('python-16e');
  await expect(frame.stage.getByRole('row', { name: /small\.gguf/ })).toContainText('python 8/32');
  await expect(frame.stage.getByRole('row', { name: /python-16e/ })).toContainText('this selection');
  await frame.stage.getByRole('row', { name: /small\.gguf/ }).dblclick();
  await expect(frame.chip('Selection')).toContainText('python 8/32');
});

test('a choice is undone and redone, and outlives the window', async ({ openWork, open }) => {
  test.setTimeout(4 * WORK_MS);
  const { app, frame } = await openWork();
  const { page } = app;
  const choose = new ChooseScreen(page);
  const experts = choose.outcome('Experts');
  await frame.go('choose');
  await expect(choose.undo).toBeDisabled();

  await choose.keep(8);
  await expect(frame.chip('Selection')).toContainText('python 8/32');
  await choose.heatmap.picture.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('p');
  await expect(choose.marks).toContainText('1 pinned');
  await choose.keep(20);
  await expect(frame.chip('Selection')).toContainText('python 20/32');

  await page.keyboard.press('Control+z');
  await expect(experts).toHaveText('8 of 32');
  await page.keyboard.press('Control+z');
  await expect(choose.marks).toBeHidden();
  await page.keyboard.press('Control+Shift+z');
  await expect(choose.marks).toContainText('1 pinned');
  await choose.redo.click();
  await expect(experts).toHaveText('20 of 32');
  await expect(choose.redo).toBeDisabled();

  // closed before the change is stored
  await choose.number.fill('12');
  await choose.number.press('Enter');
  expect(await app.quit()).toBe(0);
  const again = await open();
  await again.frame.go('choose');
  await expect(again.frame.chip('Selection')).toContainText('python 12/32');
  const reopened = new ChooseScreen(again.app.page);
  await expect(reopened.outcome('Experts')).toHaveText('12 of 32');
  await expect(reopened.marks).toContainText('1 pinned');
  await reopened.undo.click();
  await expect(reopened.outcome('Experts')).toHaveText('20 of 32');
});

test('what is not possible is not stored, and says what stays', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const choose = new ChooseScreen(app.page);
  await frame.go('choose');
  await choose.keep(6);
  await expect(frame.chip('Selection')).toContainText('python 6/32');
  await choose.heatmap.picture.focus();
  for (let i = 0; i < 7; i++) {
    await app.page.keyboard.press('ArrowRight');
    await app.page.keyboard.press('p');
  }
  const error = frame.stage.getByRole('alert');
  await expect(error).toContainText('“python 6/32” is what gets exported and measured');
  await expect(choose.use).toBeDisabled();
  await app.page.keyboard.press('Control+z');
  await expect(error).toBeHidden();
  await expect(choose.marks).toContainText('6 pinned');
});

test('the number and the memory that it needs are two ways of saying one choice', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const choose = new ChooseScreen(app.page);
  const experts = choose.outcome('Experts');
  await frame.go('choose');
  await choose.keep(12);
  await app.page.getByRole('radio', { name: 'To fit memory' }).click();
  const memory = frame.stage.getByRole('textbox', { name: 'Memory' });
  await expect(memory).toHaveValue(/^[\d.]+ MB$/);
  await expect(experts).toHaveText('12 of 32');
  const needed = await memory.inputValue();
  await memory.fill('40 MB');
  await memory.press('Enter');
  await expect(memory).toHaveValue('40 MB');
  await expect(experts).toHaveText('32 of 32');
  await memory.fill('much');
  await memory.press('Enter');
  await expect(frame.stage).toContainText('That isn’t a size.');
  await memory.fill(needed);
  await memory.press('Enter');
  await expect(experts).toHaveText('12 of 32');
  await app.page.getByRole('radio', { name: 'By count' }).click();
  await expect(choose.slider).toBeVisible();
  await expect(experts).toHaveText('12 of 32');
});

test('what is only looked at is nobody’s choice; used or changed it is, and the change can be undone', async ({
  openWork,
}) => {
  const { app, frame } = await openWork();
  const { page } = app;
  const choose = new ChooseScreen(page);
  const names = async (): Promise<string[]> =>
    (await callFromPage(page, 'selections.list', { modelId: null })).map(({ name }) => name);
  const before = await names();
  await frame.takeDemos('math');
  await frame.go('choose');
  await expect(frame.chip('Run')).toContainText('math');
  await expect(choose.outcome('Experts')).toHaveText('16 of 32');
  await expect(frame.stage).toContainText('A first view: it becomes your selection');
  await frame.go('export');
  await expect(frame.stage).toContainText('No selection to export');
  await expect(frame.chip('Selection')).toContainText('No experts chosen yet');
  expect(await names()).toEqual(before);

  await frame.go('choose');
  await choose.keep(20);
  await expect(frame.chip('Selection')).toContainText('math 20/32');
  await choose.undo.click();
  await expect(frame.chip('Selection')).toContainText('math 16/32');
  await expect(choose.outcome('Experts')).toHaveText('16 of 32');
});

test('Choose says which file it shows, and that a change is not exported', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  const choose = new ChooseScreen(page);
  const file = 'Winnow-Sample-21M-python-16e-Q8_0.gguf';
  await frame.go('choose');
  await expect(frame.stage).toContainText(`This is ${file}, written `);
  await expect(choose.use).toHaveCount(0);
  await expect(frame.stage.getByRole('button', { name: 'Try it' })).toBeVisible();
  await choose.keep(20);
  await expect(frame.stage).toContainText(`Changed from ${file}; not exported.`);
  await choose.keep(21);
  await frame.stage.getByRole('button', { name: 'Back to the file' }).click();
  await expect(frame.stage).toContainText(`This is ${file}, written `);
  await expect(frame.chip('File')).toContainText(file);
  await frame.stage.getByRole('button', { name: 'Show the file' }).click();
  const exporting = new ExportScreen(page);
  await expect(exporting.written).toContainText(file);

  // another file of the choice may be planned, and the written one is found again
  await exporting.another.click();
  await expect(exporting.dryRun).toBeVisible();
  await exporting.backToFile.click();
  await expect(exporting.written).toContainText(file);
  await expect(exporting.backToFile).toHaveCount(0);
});

test('the wheel over the heat map scrolls the page where all of the map is seen', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await frame.go('choose');
  await page.setViewportSize({ width: 1280, height: 700 });
  const map = frame.stage.getByRole('application');
  await map.hover({ position: { x: 60, y: 60 } });
  const topOf = async (): Promise<number> => (await map.boundingBox())?.y ?? Number.NaN;
  const before = await topOf();
  await page.mouse.wheel(0, 120);
  await expect.poll(topOf).toBeLessThan(before);
});
