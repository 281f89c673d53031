// What the screens show while something runs, after it, and where it went wrong.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beginScoring, MANY_DEMOS, untilUnderWay } from '../desktop/begin-scoring.ts';
import { loseModel } from '../desktop/lose-model.ts';
import { expect, test, WORK_MS } from '../desktop/test.ts';
import { BestScreen } from '../pages/best-screen.ts';
import { ChooseScreen } from '../pages/choose-screen.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { ImportDialog } from '../pages/import-dialog.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { VerdictLine } from '../pages/verdict-line.ts';
import { fewDemos } from '../sample.ts';
import { PICTURES, takeAllLooks, takePicture } from './look.ts';

const VIEWS = ['By text', 'Selections', 'Answers'];
const TABS = ['Computing', 'Machines', 'Model folders', 'Log', 'This machine', 'About'];

test('scoring, running and stopped', async ({ open, home }) => {
  test.setTimeout(3 * WORK_MS);
  const window = await open();
  const score = await beginScoring(window, home, MANY_DEMOS);
  await untilUnderWay(score, WORK_MS);
  await window.app.page.screenshot({ path: join(PICTURES, 'state-scoring.png') });
  await score.cancel.click();
  await expect(score.resume).toBeVisible({ timeout: WORK_MS });
  await takeAllLooks(window, 'state-scoring-stopped');
});

test('what was scored, and the experts', async ({ openWork }) => {
  test.setTimeout(3 * WORK_MS);
  const window = await openWork();
  const { frame, app } = window;
  await frame.go('score');
  await takeAllLooks(window, 'state-score');
  await frame.go('choose');
  const { picture } = new ChooseScreen(app.page).heatmap;
  await picture.focus();
  for (const key of ['ArrowDown', 'ArrowRight', 'p', 'ArrowRight', 'Enter']) await app.page.keyboard.press(key);
  await expect(frame.inspector.getByRole('list')).toBeVisible();
  await takeAllLooks(window, 'state-choose-expert');
});

test('verdicts from green to red', async ({ openWork }) => {
  test.setTimeout(8 * WORK_MS);
  const window = await openWork();
  const { frame, app } = window;
  const verdict = new VerdictLine(app.page);
  const choose = new ChooseScreen(app.page);
  for (const keep of [31, 24, 6]) {
    await frame.go('choose');
    await choose.keep(keep);
    await expect(verdict.offer).toBeVisible();
    if (keep === 31) await takeAllLooks(window, 'state-verdict-none');
    await verdict.offer.getByRole('button').click();
    await expect(verdict.sentence).not.toContainText('Nothing measured yet', { timeout: 3 * WORK_MS });
    // the next is offered once this one has ended
    await expect(frame.jobStrip.getByRole('progressbar')).toBeHidden({ timeout: 3 * WORK_MS });
    await takeAllLooks(window, `state-verdict-${keep}`);
  }
  await frame.go('prove');
  for (const view of VIEWS) {
    await frame.stage.getByRole('radio', { name: view }).click();
    await takeAllLooks(window, `state-prove-${view.toLowerCase().replace(' ', '-')}`);
  }
  await frame.go('runs');
  await takeAllLooks(window, 'state-runs-compared');
});

test('the file, planned, written, and in other programs', async ({ openWork, home }) => {
  test.setTimeout(6 * WORK_MS);
  mkdirSync(join(home, '.lmstudio', 'models'), { recursive: true });
  const window = await openWork();
  const { frame, app } = window;
  const screen = new ExportScreen(app.page);
  await frame.go('choose');
  await new ChooseScreen(app.page).keep(12);
  await frame.go('export');
  await app.answerDialog({ kind: 'save', path: join(home, 'twelve.gguf') });
  await screen.chooseTarget.click();
  await expect(screen.dryRun).toBeVisible();
  await takeAllLooks(window, 'state-export-planned');
  await screen.start.click();
  await expect(screen.written).toBeVisible({ timeout: WORK_MS });
  await expect(new VerdictLine(app.page).sentence).not.toContainText('Nothing measured', { timeout: 3 * WORK_MS });
  await takeAllLooks(window, 'state-export-written');
  const open = frame.stage.getByRole('region', { name: 'Open in…' });
  for (const program of ['LM Studio', 'Ollama', 'llama.cpp']) {
    await open.getByRole('button', { name: program }).click();
    await expect(open.getByRole('status')).not.toHaveText(/^$|^Just a moment/);
    await open.scrollIntoViewIfNeeded();
    await takeAllLooks(window, `state-open-in-${program.toLowerCase().replace(' ', '-')}`);
  }
  await screen.goTry.click();
  const chat = new TryScreen(app.page);
  await expect(chat.suggestions.first()).toBeEnabled({ timeout: WORK_MS });
  await takeAllLooks(window, 'state-try-ready');
  await chat.suggestions.first().click();
  await chat.expectAnswers(2, WORK_MS);
  await takeAllLooks(window, 'state-try-answered');
});

test('files that are dropped, and a failure', async ({ openWork, home }) => {
  test.setTimeout(3 * WORK_MS);
  const window = await openWork();
  const { frame, app } = window;
  await frame.go('demos');
  await app.dropFiles([fewDemos('math', 3, join(home, 'sums.jsonl'))]);
  const dialog = new ImportDialog(app.page);
  await expect(dialog.root).toBeVisible();
  await takeAllLooks(window, 'state-drop-question');
  await dialog.add.click();
  await expect(frame.files).toBeVisible();
  await takeAllLooks(window, 'state-dropped');
  await loseModel(window, home);
  await expect(app.page.getByRole('alert').filter({ hasText: 'File not found' })).toBeVisible();
  await takeAllLooks(window, 'state-failure');
});

test('what a memory size leaves, and the best file for it', async ({ openWork }) => {
  test.setTimeout(8 * WORK_MS);
  const window = await openWork();
  const { frame, app } = window;
  await frame.go('choose');
  await app.page.getByRole('radio', { name: 'To fit memory' }).click();
  const memory = frame.stage.getByRole('textbox', { name: 'Memory' });
  await memory.fill('0.02');
  await memory.press('Enter');
  await takeAllLooks(window, 'state-choose-memory');
  await frame.go('best');
  const best = new BestScreen(app.page);
  await expect(best.plan).toBeVisible({ timeout: 3 * WORK_MS });
  await takeAllLooks(window, 'state-best-asked');
  await best.memory.fill('26 MB');
  await best.find.click();
  await expect(best.cancel).toBeVisible({ timeout: WORK_MS });
  await takePicture(app.page, 'state-best-searching');
  await expect(best.tryIt).toBeVisible({ timeout: 5 * WORK_MS });
  await takeAllLooks(window, 'state-best-found');
});

test('settings, and what floats above the screens', async ({ openWork }) => {
  test.setTimeout(3 * WORK_MS);
  const window = await openWork();
  const { frame, app } = window;
  await frame.go('settings');
  for (const tab of TABS) {
    const one = frame.stage.getByRole('tab', { name: tab });
    await one.click();
    await takeAllLooks(window, `state-settings-${tab.toLowerCase().replaceAll(' ', '-')}`);
  }
  await frame.go('choose');
  await app.page.keyboard.press('Control+k');
  await takePicture(app.page, 'state-palette');
  await app.page.keyboard.press('Escape');
  await app.page.keyboard.press('F1');
  await takePicture(app.page, 'state-shortcuts');
  await app.page.keyboard.press('Escape');
  await frame.chip('Run').click();
  await takePicture(app.page, 'state-picker');
});
