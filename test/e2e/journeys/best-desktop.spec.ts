// The way through the window: how much memory, for what work, and the best file for both.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { NewScreen } from '../pages/new-screen.ts';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { VerdictLine } from '../pages/verdict-line.ts';
import { expertCounts } from '../stock-llama.ts';
import { expect, test, WORK_MS } from '../desktop/test.ts';
import { JOURNEY_MS, SEARCH_MS } from '../waits.ts';

const TYPES = ['Q6_K', 'Q5_K_M', 'Q4_K_M', 'IQ4_XS', 'Q3_K_M', 'IQ3_XXS', 'IQ2_XS'];
/** With its sizes. */
const BEST = '31 of 32 experts at Q2_K';

test('the best file is planned, found, written, and every size and figure is of it, also after a reload', async ({
  openWork,
  open,
  home,
}) => {
  test.setTimeout(JOURNEY_MS);
  const { app, frame } = await openWork();
  const { page } = app;
  const best = new NewScreen(page);
  const screen = new ExportScreen(page);
  const verdict = new VerdictLine(page);

  await test.step('two questions, and what the search takes', async () => {
    await frame.go('new');
    await expect(best.memory).toHaveValue('');
    await expect(best.find).toBeDisabled();
    await best.memory.fill('a lot');
    await expect(frame.stage).toContainText('That isn’t a size.');
    await expect(best.find).toBeDisabled();
    await best.memory.fill('20 MB');
    // it is the machine's: other demos are looked at, and it stays
    await frame.go('demos');
    await frame.go('new');
    await expect(best.memory).toHaveValue('20 MB');
    await expect(best.screen.getByRole('button', { name: 'Use my own files…' })).toBeEnabled();
    await best.context.fill('512');
    await best.context.press('Enter');
    await best.advanced.click();
    await expect(best.plan).toContainText('Takes about', { timeout: WORK_MS });
    for (const type of TYPES) {
      await best.screen.getByRole('checkbox', { name: type, exact: true }).click({ force: true });
    }
    await expect(best.plan).toContainText(/^Takes about .+, and up to [\d.]+ MB of disk space meanwhile\./, {
      timeout: WORK_MS,
    });
  });

  await test.step('stopped, gone on with, found', async () => {
    await best.find.click();
    await best.cancel.click();
    await expect(frame.stage).toContainText('What was scored and measured is kept.');
    await best.goOn.click();
    await expect(best.search).toBeVisible();
    // one sentence of what it does now, and no counts
    await expect(best.search).toContainText('Reading your demos', { timeout: WORK_MS });
    await expect(best.search).toContainText('Making files that fit', { timeout: 2 * WORK_MS });
    await expect(frame.jobStrip.getByRole('button', { name: 'Cancel' })).toHaveCount(0);
    await expect(best.tryIt).toBeVisible({ timeout: SEARCH_MS });
    await expect(best.file).toContainText(
      /On your work\d+ of 100 words as the model would have chosen them; .*On other text/,
    );
    await expect(best.file).toContainText('9.1 MB');
    await best.compared.click();
    await expect(frame.stage).toContainText(BEST);
    await expect(frame.stage).toContainText(/repair/i);
  });

  await test.step('three answers are there to be read side by side, and Try opens with both', async () => {
    const written = best.answers.getByRole('article');
    await expect(written).toHaveCount(3, { timeout: WORK_MS });
    await expect(written.first().getByRole('heading', { level: 3 })).toHaveText(['The model as it is', 'This file']);
    await expect(best.answers.locator('mark').first()).toBeVisible();
    // what it needs is the same wherever it is said, and within what was asked for
    const memory = await best.screen
      .getByRole('row', { name: /^31 of 32 Q2_K .+ best$/ })
      .getByRole('cell')
      .nth(2)
      .innerText();
    expect(Number.parseFloat(memory)).toBeLessThanOrEqual(20);
    // file beside file, and memory beside memory
    await expect(best.file).toContainText('9.1 MB instead of 22.8 MB.');
    await expect(best.file).toContainText(
      new RegExp(`In memory ${memory} instead of [\\d.]+ MB, with 512 tokens of context\\.`),
    );
    await best.tryIt.click();
    await expect(new TryScreen(page).ask).toHaveText('Ask both', { timeout: WORK_MS });
    await frame.go('new');
    await expect(written).toHaveCount(3);
  });

  const file = join(home, 'Winnow', 'Winnow-Sample-21M-python-9.1MB.gguf');
  expect((await expertCounts(file)).header).toBe(31);
  const size = statSync(file).size;

  await test.step('the crumbs, Choose, Export and Prove speak of that file', async () => {
    await best.compared.click();
    await best.seeInside.click();
    await frame.expectScreen('choose');
    await expect(frame.chip('File')).toContainText('Winnow-Sample-21M-python-9.1MB.gguf');
    await expect(verdict.sentence).toHaveText(/As Q2_K: 9\.1 MB instead of 22\.8 MB\. Perplexity on python: /);
    const choose = new ChooseScreen(page);
    await expect(frame.stage).toContainText(/This is Winnow-Sample-21M-python-9\.1MB\.gguf, written .+: 9\.1 MB/);
    await expect(choose.use).toHaveCount(0);
    await expect(choose.outcome('File')).toContainText('9.1 MB');
    const exact = await choose.outcome('File').getByTitle(/ B$/).getAttribute('title');
    expect(Number(exact?.replace(/\D/g, ''))).toBe(size);
    await frame.go('export');
    await expect(screen.written).toContainText('Winnow-Sample-21M-python-9.1MB.gguf');
    await expect(verdict.sentence).toHaveText(/As Q2_K: 9\.1 MB instead of 22\.8 MB\. Perplexity on python: /);
    await frame.go('prove');
    await expect(frame.stage).not.toContainText('Nothing measured yet');
    await expect(frame.stage.getByRole('table', { name: 'Figures on own work' })).toContainText('Own work · python');
  });

  await test.step('another choice’s file has nothing of it', async () => {
    await frame.takeDemos('math');
    await frame.go('choose');
    await expect(frame.chip('Run')).toContainText('math');
    await new ChooseScreen(page).keep(20);
    await frame.go('export');
    await expect(screen.dryRun).toContainText('Every byte is compared');
    await expect(frame.stage.getByRole('button', { name: /As the source \(Q8_0\)/ })).toBeVisible();
    const planned = /Export ([\d.]+) MB/.exec(await screen.start.innerText())?.[1];
    await expect(verdict.sentence).toHaveText(`${planned} MB instead of 22.8 MB. Nothing measured yet.`);
  });

  expect(await app.quit()).toBe(0);
  const again = await open();
  const { page: page2 } = again.app;
  await again.frame.takeDemos('python');
  await again.frame.go('new');
  await expect(new NewScreen(page2).file).toContainText('9.1 MB');
  await new NewScreen(page2).compared.click();
  await new NewScreen(page2).seeInside.click();
  await again.frame.go('export');
  await expect(new ExportScreen(page2).written).toBeVisible();
  await expect(new ExportScreen(page2).goTry).toBeVisible();
});
