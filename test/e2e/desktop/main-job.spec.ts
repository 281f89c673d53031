// The whole job with real files, by mouse and by drag and drop: from a model and demos to a smaller model that answers.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { ModelPart } from '../pages/model-part.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { VerdictLine } from '../pages/verdict-line.ts';
import { Welcome } from '../pages/welcome.ts';
import { fewDemos, SAMPLE_EXPERTS, SAMPLE_LAYERS, SAMPLE_MODEL, shortText } from '../sample.ts';
import { expertCounts, stockPerplexity } from '../stock-llama.ts';
import { expect, test, WORK_MS } from './test.ts';

const DEMOS = 12;
const HALF = SAMPLE_EXPERTS / 2;
/** What the verdict on a choice is measured with, where texts are long enough. */
const MEASURED = { ctx: 512, chunks: 12 };
/** The masked model and the written file differ by the order of sums only; the page shows whole percents. */
const MAX_DIFFERENCE = 0.012;

test('drop a model and demos, score, choose half, measure, export, chat', async ({ openUnmeasured, home }) => {
  test.setTimeout(8 * WORK_MS);
  const { app, frame } = await openUnmeasured();
  const { page } = app;
  await expect(new Welcome(page).title).toBeVisible();

  await test.step('drop the model', async () => {
    const drag = await app.dragFiles([SAMPLE_MODEL]);
    await expect(page.getByRole('heading', { name: 'Drop to add this file' })).toBeVisible();
    await drag.drop();
    await expect(frame.fileResult('winnow-sample-Q8_0.gguf')).toContainText('Added to the library.');
    await expect(new ModelPart(page).part).toContainText('winnow-sample-Q8_0Q8_0 · 22.8 MB · 32 experts');
  });

  await test.step('drop demos and a held-out text', async () => {
    await app.dropFiles([fewDemos('python', DEMOS, join(home, 'python.jsonl'))]);
    await expect(frame.fileResult('python.jsonl')).toContainText(`${DEMOS} demos added`);
    await expect(frame.stage).toContainText('python, 12 demos');
    await frame.go('prove');
    await app.dropFiles([shortText('python', join(home, 'python.txt'))]);
    await expect(frame.fileResult('python.txt')).toContainText('Added as a held-out text.');
  });

  await test.step('score, with the picture filling meanwhile', async () => {
    const score = new ScoreScreen(page);
    await frame.go('score');
    await expect(score.start).toHaveText(`Score ${DEMOS} demos`);
    await score.start.click();
    await expect(score.heatmap.busy).toBeVisible({ timeout: WORK_MS });
    await expect(score.goChoose).toBeVisible({ timeout: WORK_MS });
    await expect(score.heatmap.busy).toBeHidden();
    await expect(score.result).toContainText(`${DEMOS} of ${DEMOS} demos`);
    await score.goChoose.click();
  });

  const choose = new ChooseScreen(page);
  const measured = await test.step('choose half and measure it for the verdict', async () => {
    await frame.expectScreen('choose');
    await choose.keep(HALF + 4);
    await choose.keep(HALF);
    await expect(choose.outcome('Experts')).toHaveText(`${HALF} of ${SAMPLE_EXPERTS}`);
    const verdict = new VerdictLine(page);
    // of this choice, not of the one before
    await expect(verdict.sentence).toContainText('12.6 MB instead of 22.8 MB');
    await verdict.offer.getByRole('button').click();
    await expect(verdict.sentence).toContainText(/Perplexity on python: .* \(.+ to .+\)\./, { timeout: WORK_MS });
    const [, worse] = /python: (\d+)% worse/.exec(await verdict.sentence.innerText()) ?? [];
    return 1 + Number(worse) / 100;
  });

  const target = join(home, 'pruned.gguf');
  await test.step('export, verified', async () => {
    await choose.use.click();
    await frame.expectScreen('export');
    const screen = new ExportScreen(page);
    await app.answerDialog({ kind: 'save', path: target });
    await screen.chooseTarget.click();
    await expect(screen.dryRun).toContainText('~/pruned.gguf');
    expect(existsSync(target)).toBe(false);
    await screen.start.click();
    await expect(screen.written).toContainText('Every byte was compared with the source.', { timeout: WORK_MS });
    expect(statSync(target).size).toBeLessThan(statSync(SAMPLE_MODEL).size);
    await screen.reveal.click();
    await expect.poll(() => app.revealed()).toEqual([target]);
    await expect(frame.chip('File')).toContainText('pruned.gguf');
    await screen.openLibrary.click();
    await frame.expectScreen('files');
    await expect(frame.stage.getByRole('row', { name: /pruned\.gguf/ })).toContainText('from winnow-sample-Q8_0');
  });

  await test.step('chat with both models', async () => {
    await frame.go('try');
    const chat = new TryScreen(page);
    await chat.loadBoth.click();
    await expect(chat.ask).toHaveText('Ask both', { timeout: WORK_MS });
    await chat.limitTo(24);
    await chat.question.fill('Write a function that adds two numbers.');
    await chat.ask.click();
    await chat.expectAnswers(2, WORK_MS);
  });
  expect(await app.quit()).toBe(0);

  await test.step('the file in stock llama.cpp', async () => {
    expect(await expertCounts(target)).toEqual({ header: HALF, routers: Array<number>(SAMPLE_LAYERS).fill(HALF) });
    const text = { text: join(home, 'python.txt'), ...MEASURED };
    const ratio = (await stockPerplexity(target, text)) / (await stockPerplexity(SAMPLE_MODEL, text));
    expect(Math.abs(measured - ratio)).toBeLessThanOrEqual(MAX_DIFFERENCE);
  });
});
