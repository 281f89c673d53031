// The search for the best file in a browser: it goes one way, and its file comes to this computer.
import { statSync } from 'node:fs';
import { BestScreen } from '../pages/best-screen.ts';
import { copyWork } from '../work-home.ts';
import { look } from '../served/look.ts';
import { expect, test, WORK_MS } from '../served/test.ts';
import { JOURNEY_MS } from '../waits.ts';

const LEFT_OUT = ['Q6_K', 'Q5_K_M', 'Q4_K_M', 'IQ4_XS', 'Q3_K_M', 'IQ3_XXS', 'IQ2_XS'];

test('a search goes one way to its end, and its file is downloaded', async ({ enter, page, home }) => {
  test.setTimeout(JOURNEY_MS);
  copyWork(home);
  await page.setViewportSize({ width: 1280, height: 800 });
  const { frame } = await enter();
  const best = new BestScreen(page);

  await test.step('too little memory is answered with the least that is enough', async () => {
    // a choice for it costs other text much: the file beside the best one is worth an offer
    await frame.take('Demo set', /^math/);
    await frame.go('best');
    await best.context.fill('512');
    await best.context.press('Enter');
    await best.memory.fill('8 MB');
    await expect(frame.stage).toContainText('Nothing fits in 8.0 MB.', { timeout: WORK_MS });
    await look(page, 'too-little');
    await frame.stage.getByRole('button', { name: /^Use [\d.]+ MB$/ }).click();
    await expect(best.plan).toContainText(/Compares up to|One file fits/, { timeout: WORK_MS });
  });

  await test.step('the bar and each count go forwards only, and the demos are accounted for', async () => {
    await best.memory.fill('24 MB');
    await best.advanced.click();
    for (const type of LEFT_OUT) {
      await best.screen.getByRole('checkbox', { name: type, exact: true }).click({ force: true });
    }
    await expect(best.plan).toContainText('demos choose the experts', { timeout: WORK_MS });
    await look(page, 'asked');
    await best.find.click();
    const list = best.search.getByRole('list', { name: 'Steps' });
    await expect(list).toBeVisible({ timeout: WORK_MS });
    await expect(best.search).toContainText('demos choose the experts');
    const bar = best.search.getByRole('progressbar');
    type Seen = { readonly share: number; readonly at: number; readonly file: number; readonly counts: string[] };
    const seen: Seen[] = [];
    let isLooked = false;
    while (!(await best.tryIt.isVisible())) {
      const now = await page.evaluate(() => {
        const items = [...document.querySelectorAll('main ol > li')];
        const current = items.findIndex((item) => item.getAttribute('aria-current') === 'step');
        return {
          share: Number(document.querySelector('main [role=progressbar]')?.getAttribute('aria-valuenow')),
          at: current,
          file: Number(/file (\d+) of/.exec(items[current]?.textContent ?? '')?.[1] ?? 0),
          // of the phase’s title and of its count
          counts:
            /measure (?:up to )?(\S+) files?file \d+ of (\d+)/.exec(items[current]?.textContent ?? '')?.slice(1) ?? [],
        };
      });
      if (now.at >= 0) seen.push(now);
      if (!isLooked && now.file > 0) {
        await look(page, 'searching');
        isLooked = true;
      }
      await page.waitForTimeout(200);
    }
    await expect(bar).toHaveCount(0);
    expect(seen.length).toBeGreaterThan(0);
    const counts = seen.flatMap((one) =>
      one.counts.length === 0 ? [] : [one.counts.map((count) => (count === 'one' ? '1' : count))],
    );
    expect(counts.length).toBeGreaterThan(0);
    for (const [titled, counted] of counts) expect(titled).toBe(counted);
    for (const [i, one] of seen.entries()) {
      const before = seen[i - 1];
      if (!before) continue;
      expect(one.share).toBeGreaterThanOrEqual(before.share);
      expect(one.at).toBeGreaterThanOrEqual(before.at);
      if (one.at === before.at) expect(one.file).toBeGreaterThanOrEqual(before.file);
    }
  });

  await test.step('one figure of memory, programs that are not here, and the file itself', async () => {
    await expect(best.file).toContainText(/ experts/);
    await expect(best.file).toContainText(/In memory [\d.]+ MB instead of [\d.]+ MB, with 512 tokens/);
    await expect(best.file).not.toContainText('KL');
    await expect(best.file).toContainText('Not found here:');
    await expect(frame.stage).toContainText('demos choose the experts');
    await look(page, 'found');
    const downloading = page.waitForEvent('download');
    await best.file.getByRole('button', { name: /^Download [\d.]+ MB$/ }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toMatch(/^Winnow-Sample-21M-math-[\d.]+MB\.gguf$/);
    expect(download.suggestedFilename()).toBe(await best.fileName.innerText());
    expect(statSync(await download.path()).size).toBeGreaterThan(1e6);
    await best.compared.click();
    await look(page, 'compared');
  });

  await test.step('the file beside it is written, and then chosen', async () => {
    const own = await best.fileName.innerText();
    await expect(
      best.alternatives.getByRole('columnheader', { name: 'On your work, against this file' }),
    ).toBeVisible();
    const figure = (row: RegExp) => best.alternatives.getByRole('row', { name: row }).getByRole('cell').nth(3);
    await expect(figure(/^Plain Q2_K /)).toHaveText(/better|worse|not measurably different/);
    await best.takeOther.click();
    await expect(frame.chip('File')).toContainText('Winnow-Sample-21M-math-Q2_K.gguf', { timeout: WORK_MS });
    // what was found is still what the search says
    await expect(best.fileName).toHaveText(own);
  });

  await test.step('a search that is set up again leads back, by its button and by the rail', async () => {
    await best.again.click();
    await look(page, 'again');
    await best.screen.getByRole('button', { name: 'Back to the result' }).click();
    await expect(best.file).toBeVisible();
    await best.again.click();
    await expect(best.file).toHaveCount(0);
    await frame.go('best');
    await expect(best.file).toBeVisible();
  });

  await test.step('two answers are in sight as they are written, and no program is said to be found', async () => {
    await best.questions.first().click();
    await expect(best.answers.getByText(/^[\d.,]+ tokens\/s$/)).toHaveCount(2, { timeout: WORK_MS });
    await expect(best.answers.getByRole('article')).toBeInViewport({ ratio: 0.9 });
    await look(page, 'answers');
    await best.openIn.click();
    await page.getByRole('menuitem', { name: 'Ollama: commands to copy' }).click();
    await expect(best.file).toContainText('These commands need Ollama on this machine.');
  });
});
