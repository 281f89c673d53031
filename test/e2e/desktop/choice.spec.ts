// One truth for the choice: what Choose shows is what the trail names, Export writes and Prove measures.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { VerdictLine } from '../pages/verdict-line.ts';
import { expertCounts } from '../stock-llama.ts';
import { expect, test, thoroughTest, WORK_MS } from './test.ts';

test('figures of one choice are never shown for another', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  const verdict = new VerdictLine(page);
  await frame.go('prove');
  await expect(verdict.sentence).toContainText('Python: ');
  await frame.expectDone('prove');

  await frame.take('Run', /^math/);
  await frame.go('choose');
  await new ChooseScreen(page).use.click();
  await frame.go('prove');
  await expect(frame.stage.getByRole('heading', { name: 'Nothing measured yet for this selection' })).toBeVisible();
  await expect(frame.stage).toContainText('Measured so far of this model, with other experts: python, 16/32.');
  await expect(verdict.sentence).toHaveText(/^[\d.]+ MB instead of 22\.8\. Nothing measured yet\.$/);
  await expect(frame.stage).not.toContainText('Use this model only for');
  await expect(frame.link('prove')).not.toContainText('done');

  const file = frame.stage.getByRole('checkbox', { name: 'Winnow-Sample-21M-python-16e-Q8_0.gguf' });
  await expect(file).not.toBeChecked();
  await file.click({ force: true });
  await expect(frame.stage.getByRole('table')).toContainText('Winnow-Sample-21M-python-16e-Q8_0.gguf');
  await expect(verdict.sentence).toHaveText(/^[\d.]+ MB instead of 22\.8\. Nothing measured yet\.$/);
});

test('what Choose shows is what the trail names and Export writes, by whichever way one leaves', async ({
  openWork,
  home,
}) => {
  test.setTimeout(4 * WORK_MS);
  const { app, frame } = await openWork();
  const { page } = app;
  const choose = new ChooseScreen(page);
  const screen = new ExportScreen(page);
  await frame.go('choose');
  await choose.preset('A quarter').click();
  await frame.go('export');
  await expect(frame.stage).toContainText('“python 8/32”: 8 of 32 experts');
  await expect(frame.chip('Selection')).toContainText('python 8/32');
  await expect(frame.chip('File')).not.toContainText('python-16e');

  const target = join(home, 'small.gguf');
  await app.answerDialog({ kind: 'save', path: target });
  await screen.chooseTarget.click();
  const hash = frame.stage.getByRole('definition').locator('code').first();
  await expect(screen.dryRun).toContainText('python 8/32');
  const written = await hash.innerText();
  await screen.start.click();
  await expect(screen.written).toBeVisible({ timeout: WORK_MS });
  await expect(screen.written).toContainText(written);
  expect((await expertCounts(target)).header).toBe(8);
  await expect(frame.chip('File')).toContainText('small.gguf');
  await expect(frame.stage.getByRole('row', { name: /small\.gguf/ })).toContainText('this selection');

  // the choice that was measured is another one, and found with its file
  await frame.go('choose');
  await choose.preset('Half').click();
  await frame.go('export');
  await expect(frame.chip('File')).toContainText('python-16e');
  await expect(frame.stage.getByRole('row', { name: /small\.gguf/ })).toContainText('python 8/32');
  await expect(frame.stage.getByRole('row', { name: /python-16e/ })).toContainText('this selection');
  await frame.stage.getByRole('row', { name: /small\.gguf/ }).dblclick();
  await expect(frame.chip('Selection')).toContainText('python 8/32');
});

test('a choice is undone, redone and gone back to, and outlives the window', async ({ openWork, open }) => {
  test.setTimeout(4 * WORK_MS);
  const { app, frame } = await openWork();
  const { page } = app;
  const choose = new ChooseScreen(page);
  const experts = choose.outcome('Experts');
  await frame.go('choose');
  await expect(choose.states).toHaveCount(1);
  await expect(choose.undo).toBeDisabled();

  await choose.preset('A quarter').click();
  await expect(choose.states).toHaveCount(2);
  await expect(choose.preset('A quarter')).toBeChecked();
  await choose.heatmap.picture.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('p');
  await expect(choose.states).toHaveCount(3);
  await expect(choose.states.first()).toContainText('1 pinned');
  await choose.keep(20);
  await expect(choose.states).toHaveCount(4);
  await expect(choose.states.first()).toContainText('8 → 20 experts');
  await expect(choose.preset('A quarter')).not.toBeChecked();

  await page.keyboard.press('Control+z');
  await expect(experts).toHaveText('8 of 32');
  await expect(choose.preset('A quarter')).toBeChecked();
  await page.keyboard.press('Control+z');
  await expect(choose.marks).toBeHidden();
  await page.keyboard.press('Control+Shift+z');
  await expect(choose.marks).toContainText('1 pinned');
  await choose.redo.click();
  await expect(experts).toHaveText('20 of 32');
  await expect(choose.redo).toBeDisabled();
  const gone = await choose.watchStates();
  await choose.states.last().getByRole('button').click();
  await expect(experts).toHaveText('16 of 32');
  await expect(frame.chip('Selection')).toContainText('python, 16/32');
  await expect(choose.states.last()).toHaveAttribute('aria-current', 'true');
  await choose.states.first().getByRole('button').press('Enter');
  await expect(experts).toHaveText('20 of 32');
  expect(await gone(), 'states that left the history for a moment').toBe(0);

  // closed before the change is stored
  await choose.number.fill('12');
  await choose.number.press('Enter');
  expect(await app.quit()).toBe(0);
  const again = await open();
  await expect(again.frame.chip('Selection')).toContainText('python 12/32');
  await again.frame.go('choose');
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
  await expect(error).toContainText('“python 6/32” stays what is exported and measured');
  await expect(choose.use).toBeDisabled();
  await app.page.keyboard.press('Control+z');
  await expect(error).toBeHidden();
  await expect(choose.marks).toContainText('6 pinned');
});

test('runs, choices and files are found again when one comes back to a demo set', async ({ openWork, open }) => {
  const { app, frame } = await openWork();
  const score = new ScoreScreen(app.page);
  await frame.go('score');
  await expect(score.result).toContainText('12 of 12 demos');
  await frame.take('Demo set', /^math/);
  await expect(score.result).toContainText('12 of 12 demos');
  await expect(frame.chip('Run')).toContainText('math');
  await expect(frame.chip('Selection')).not.toContainText('python');
  await frame.take('Demo set', /^french/);
  await expect(score.start).toBeVisible();
  await frame.take('Demo set', /^python/);
  await expect(score.result).toContainText('12 of 12 demos');
  await expect(frame.chip('Selection')).toContainText('python, 16/32');
  await expect(frame.chip('File')).toContainText('python-16e');
  await frame.take('Demo set', /^math/);
  await expect(frame.chip('Run')).toContainText('math');
  expect(await app.quit()).toBe(0);

  const again = await open();
  await expect(again.frame.chip('Run')).toContainText('math');
  await again.frame.take('Demo set', /^python/);
  await expect(again.frame.chip('File')).toContainText('python-16e');
});

test('mixing domains is a change as any other', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const choose = new ChooseScreen(app.page);
  await frame.go('choose');
  const math = frame.inspector.getByRole('checkbox', { name: /^math/ });
  // by the keyboard: what stands above it still grows as its figures come
  await math.press('Space');
  await expect(choose.states.first()).toContainText('for python and math');
  await expect(frame.chip('Run')).toContainText('2 runs');
  await expect(frame.chip('Selection')).toContainText('python + math 16/32');
  await app.page.keyboard.press('Control+z');
  await expect(math).not.toBeChecked();
  await expect(frame.chip('Run')).toContainText('python, 12 demos');
  await expect(frame.chip('Selection')).toContainText('python, 16/32');
  await app.page.keyboard.press('Control+y');
  await expect(frame.chip('Run')).toContainText('2 runs');
  await expect(math).toBeChecked();
});

test('a name keeps a state beside those that come after it', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  const choose = new ChooseScreen(page);
  await frame.go('choose');
  await choose.keep(10);
  await expect(frame.chip('Selection')).toContainText('python 10/32');
  await page.getByRole('button', { name: 'Selection', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Name this selection…' }).click();
  await page.keyboard.type('ten');
  await page.keyboard.press('Enter');
  await expect(frame.chip('Selection')).toContainText('ten');
  await choose.keep(11);
  await choose.keep(12);
  await expect(choose.states).toHaveCount(4);
  await frame.chip('Selection').click();
  // 11 is history alone; the first was measured
  await expect(page.getByRole('option')).toHaveText([/^python 12\/32/, /^ten/, /^python, 16\/32/]);
  await page.getByRole('option', { name: /^ten/ }).click();
  await page.keyboard.press('Escape');
  await expect(choose.outcome('Experts')).toHaveText('10 of 32');

  await page.getByRole('button', { name: 'Selection', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Delete this selection' }).click();
  await expect(frame.news).toContainText('Selection “ten” deleted');
  await expect(frame.chip('Selection')).toContainText('python 12/32');
  await frame.news.getByRole('button', { name: 'Undo' }).click();
  await frame.chip('Selection').click();
  await expect(page.getByRole('option', { name: /^ten/ })).toBeVisible();
});

test('the best file for a memory size is planned, found, written as it was said, and found again', async ({
  openWork,
  open,
  home,
  picture,
}) => {
  test.setTimeout(8 * WORK_MS);
  const { app, frame } = await openWork();
  const { page } = app;
  const choose = new ChooseScreen(page);
  const { bestFile } = choose;
  await frame.go('choose');
  await expect(choose.outcome('Experts')).toHaveText('16 of 32');
  await expect(bestFile).toBeHidden();
  await page.getByRole('radio', { name: 'To fit memory' }).click({ force: true });
  await bestFile.getByRole('button', { name: 'Find the best file…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Best file for “python”' });
  await expect(dialog.getByText(/^[\d.]+ [GM]B free now$/)).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Memory' }).fill('0.02');
  await dialog.getByRole('textbox', { name: 'Context' }).fill('512');
  await dialog.getByRole('textbox', { name: 'Context' }).press('Enter');
  const plan = dialog.getByRole('region', { name: 'What will be compared' });
  await expect(plan).toContainText('One file fits.', { timeout: WORK_MS });
  await dialog.getByText('Allow re-quantising').click();
  await dialog.getByText(/^Types: Q6_K, /).click();
  for (const type of ['Q6_K', 'Q5_K_M', 'Q4_K_M', 'IQ4_XS', 'Q3_K_M', 'IQ3_XXS', 'IQ2_XS']) {
    await dialog.getByRole('checkbox', { name: type, exact: true }).click({ force: true });
  }
  await expect(plan).toContainText(/^Compares up to 2 files\. Takes about .+, and up to [\d.]+ MB of scratch space\./, {
    timeout: WORK_MS,
  });
  // demos of code have no answers
  await dialog.getByText('Let the best files answer 32 demos').click();
  await expect(plan).toContainText('No demo is left whose answer can be checked.', { timeout: WORK_MS });
  await dialog.getByText('Let the best files answer 32 demos').click();
  await expect(plan).not.toContainText('No demo is left', { timeout: WORK_MS });
  await picture(page, 'plan');
  await dialog.getByRole('button', { name: /^Find the best file, about / }).click();
  await bestFile.getByRole('button', { name: 'Cancel' }).click();
  await expect(bestFile).toContainText('was stopped. What was scored and measured is kept.');
  await bestFile.getByRole('button', { name: 'Go on' }).click();
  const sentence = bestFile.getByText(/^For 20\.0 MB: 31 of 32 experts at Q2_K \(9\.1 MB\)\. No file with all experts/);
  await expect(sentence).toBeVisible({ timeout: 5 * WORK_MS });

  await bestFile.getByRole('button', { name: 'What was compared…' }).click();
  const compared = page.getByRole('dialog', { name: 'Files compared for “python”' });
  const best = compared.getByRole('row', { name: /^31 of 32 Q2_K .+ best$/ });
  await expect(best).toBeVisible();
  await compared.getByRole('img').focus();
  await page.keyboard.press('ArrowLeft');
  await expect(compared.getByRole('figure')).toContainText('31 of 32 · Q2_K 9.1 MB · in the domain ×1.');
  await picture(page, 'compared');
  const bytes = Number((await best.getByTitle(/ B$/).first().getAttribute('title'))?.replace(/\D/g, ''));
  await compared.getByRole('button', { name: 'Export this file…' }).click();

  await frame.expectScreen('export');
  const screen = new ExportScreen(page);
  await expect(frame.chip('Selection')).toContainText('python 31/32');
  await expect(page.getByRole('button', { name: /Q2_K/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /Of the run “python”/ })).toBeVisible();
  const target = join(home, 'best.gguf');
  await app.answerDialog({ kind: 'save', path: target });
  await screen.chooseTarget.click();
  await expect(screen.dryRun).toContainText('q2_K');
  await picture(page, 'filled-in');
  await screen.start.click();
  await expect(screen.written).toBeVisible({ timeout: WORK_MS });
  expect(statSync(target).size).toBe(bytes);
  expect((await expertCounts(target)).header).toBe(31);
  // what the search measured is the file's
  await expect(new VerdictLine(page).sentence).toHaveText(/As Q2_K: 9\.1 MB instead of 22\.8\. Perplexity on python: /);
  expect(await app.quit()).toBe(0);

  const again = await open();
  await again.frame.go('choose');
  await expect(new ChooseScreen(again.app.page).bestFile).toContainText(/^For 20\.0 MB: 31 of 32 experts at Q2_K/);
});

thoroughTest(
  'the best files answer demos that were not scored, where that is asked for',
  async ({ openWork, picture }) => {
    test.setTimeout(4 * WORK_MS);
    const { app, frame } = await openWork();
    const { page } = app;
    const { bestFile } = new ChooseScreen(page);
    await frame.take('Run', /^math/);
    await frame.go('choose');
    await page.getByRole('radio', { name: 'To fit memory' }).click({ force: true });
    await bestFile.getByRole('button', { name: 'Find the best file…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Best file for “math”' });
    await dialog.getByRole('textbox', { name: 'Memory' }).fill('1');
    await dialog.getByRole('textbox', { name: 'Context' }).fill('512');
    await dialog.getByText('Let the best files answer 32 demos').click();
    const plan = dialog.getByRole('region', { name: 'What will be compared' });
    const answering = plan.getByText(/The best files answer \d+ demos that were not scored\./);
    await expect(answering).toBeVisible({ timeout: WORK_MS });
    const asked = /answer (\d+) demos/.exec((await answering.textContent()) ?? '')?.[1];
    await picture(page, 'plan');
    await dialog.getByRole('button', { name: /^Find the best file, about / }).click();
    await expect(bestFile.getByText(/^For 1\.0 GB: all 32 experts/)).toBeVisible({ timeout: 2 * WORK_MS });
    await bestFile.getByRole('button', { name: 'What was compared…' }).click();
    const compared = page.getByRole('dialog', { name: 'Files compared for “math”' });
    await expect(compared.getByRole('columnheader', { name: 'Right answers' })).toBeVisible();
    await expect(compared.getByRole('row', { name: new RegExp(`\\d+ of ${asked} best$`) })).toBeVisible();
    await picture(page, 'compared');
  },
);
