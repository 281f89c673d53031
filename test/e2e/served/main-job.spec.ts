// The job from another computer: what is dropped is uploaded, what is written stays in the server's output folder.
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dragFiles } from '../drag-files.ts';
import { barriers } from '../pages/barriers.ts';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { ServerDialog } from '../pages/server-dialog.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { copyUnmeasured } from '../work-home.ts';
import { fewDemos, SAMPLE_EXPERTS, SAMPLE_MODEL } from '../sample.ts';
import { expect, test, WORK_MS } from './test.ts';

const DEMOS = 6;
const HALF = SAMPLE_EXPERTS / 2;

test('upload a model and demos, score, choose half, export', async ({ enter, page, home }) => {
  test.setTimeout(4 * WORK_MS);
  copyUnmeasured(home);
  const { served, frame } = await enter();

  await test.step('drop the files', async () => {
    const drag = await dragFiles(page, [SAMPLE_MODEL, fewDemos('python', DEMOS, join(home, 'mine.jsonl'))]);
    await expect(page.getByText('Will be uploaded to the server: GGUF goes to its library')).toHaveCount(2);
    await drag.drop();
    await expect(frame.fileResult('winnow-sample-Q8_0.gguf')).toContainText('Added to the library.');
    await expect(frame.fileResult('mine.jsonl')).toContainText(`${DEMOS} demos added`);
    await frame.expectWork('winnow-sample-Q8_0', 'mine');
  });

  await test.step('score', async () => {
    await frame.go('score');
    const score = new ScoreScreen(page);
    await expect(score.start).toHaveText(`Score ${DEMOS} demos`);
    await score.start.click();
    await expect(score.goChoose).toBeVisible({ timeout: WORK_MS });
    await score.goChoose.click();
  });

  await test.step('choose half', async () => {
    const choose = new ChooseScreen(page);
    await choose.keep(HALF);
    await choose.use.click();
  });

  await test.step('export into one of the server’s folders, under a name that is free', async () => {
    mkdirSync(join(served.output, 'for me'));
    await frame.expectScreen('export');
    const screen = new ExportScreen(page);
    const dialog = new ServerDialog(page);
    await screen.chooseTarget.click();
    await expect(dialog.path).toContainText('~/pruned');
    const suggested = await dialog.name.inputValue();
    writeFileSync(join(served.output, suggested), 'mine');
    await dialog.cancel.click();
    await screen.chooseTarget.click();
    const free = suggested.replace('.gguf', ' 2.gguf');
    await expect(dialog.name).toHaveValue(free);
    await dialog.name.fill(suggested);
    await expect(dialog.root).toContainText('There is a file with this name.');
    await dialog.root.getByRole('button', { name: `Use “${free}”` }).click();
    await expect(dialog.name).toHaveValue(free);
    await dialog.name.fill('../out.gguf');
    await expect(dialog.here).toBeDisabled();
    await dialog.name.fill('mine.gguf');
    await dialog.entry('for me').click();
    expect(await barriers(page)).toEqual([]);
    await dialog.here.click();
    await expect(screen.dryRun).toContainText('~/pruned/for me/mine.gguf');
    await screen.start.click();
    await expect(screen.written).toContainText('Every byte was compared with the source.', { timeout: WORK_MS });
    const file = /([^/]+\.gguf)/.exec(await screen.written.innerText())?.[1] ?? '';
    expect(statSync(join(served.output, 'for me', file)).size).toBeLessThan(statSync(SAMPLE_MODEL).size);
    for (const [entry, download, content] of [
      [null, 'mine.gguf', readFileSync(join(served.output, 'for me', file))],
      ['Report', 'mine-report.html', '<!doctype html>'],
      ['Model card', 'mine.README.md', '---\n'],
      ['Choice', 'mine.choice.json', '{\n  "format": "winnow-choice"'],
      ['Modelfile for Ollama', 'mine.Modelfile', '# The chat template'],
    ] as const) {
      const begun = page.waitForEvent('download', { timeout: WORK_MS });
      if (entry === null) await screen.written.getByRole('button', { name: /^Download [\d.]+ [kMG]B$/ }).click();
      else {
        await screen.written.getByRole('button', { name: 'Related files…' }).click();
        await page.getByRole('menuitem', { name: entry, exact: true }).click();
      }
      const saved = await begun;
      expect(saved.suggestedFilename()).toBe(download);
      const got = readFileSync(await saved.path());
      if (typeof content === 'string') expect(got.toString().slice(0, content.length)).toBe(content);
      else expect(got.equals(content)).toBe(true);
    }
    await expect(frame.chip('File')).toContainText(file);
    await screen.openLibrary.click();
    await frame.expectScreen('files');
    await expect(frame.stage.getByRole('row', { name: new RegExp(file) })).toContainText('from winnow-sample-Q8_0');
  });
});
