// What can go wrong is shown where the person looks: what happened, what is safe, what to do; and the work goes on.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withKey } from '../gguf-key.ts';
import { ExportScreen } from '../pages/export-screen.ts';
import { FatalScreen } from '../pages/fatal-screen.ts';
import { ModelPart } from '../pages/model-part.ts';
import { TryScreen } from '../pages/try-screen.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { dataFolder } from '../seed/data-folder.ts';
import { beginScoring, MANY_DEMOS, untilUnderWay } from './begin-scoring.ts';
import { expect, test, WORK_MS } from './test.ts';

test.describe('processes that die', () => {
  test('the engine, while it scores: it is said, and scoring resumes where it stopped', async ({ open, home }) => {
    test.setTimeout(3 * WORK_MS);
    const { app, frame } = await open();
    const score = await beginScoring({ app, frame }, home, MANY_DEMOS);
    await untilUnderWay(score, WORK_MS);
    await app.killProcess('winnow-engine');

    const fatal = new FatalScreen(app.page);
    await expect(fatal.heading).toHaveText('The engine has stopped');
    await expect(fatal.message).toContainText('ended unexpectedly (signal SIGKILL)');
    await expect(fatal.message).toContainText('marked as interrupted and can be resumed');
    await expect(fatal.message).toContainText('Start the engine again.');

    await fatal.restart.click();
    await frame.expectScreen('score');
    await expect(score.result).toContainText('Interrupted. What was scored is kept.');
    const left = Number(/\d+/.exec(await score.resume.innerText())?.[0]);
    expect(left).toBeLessThan(MANY_DEMOS);
    await score.resume.click();
    await expect(score.result).toContainText(`Done. ${MANY_DEMOS} of ${MANY_DEMOS} demos`, { timeout: WORK_MS });
    expect(await app.quit()).toBe(0);
  });
});

test.describe('models that are damaged', () => {
  test('one that llama.cpp aborts on costs its worker, and nothing else', async ({ openWork, home }) => {
    test.setTimeout(2 * WORK_MS);
    const { app, frame } = await openWork();
    const absurd = join(home, 'absurd.gguf');
    writeFileSync(absurd, withKey(readFileSync(SAMPLE_MODEL), 'qwen3moe.expert_used_count', 64));
    await app.dropFiles([absurd]);
    await expect(new ModelPart(app.page).part).toContainText('not prunable');

    await frame.go('try');
    const chat = new TryScreen(app.page);
    await chat.choose('left', 'absurd');
    await expect(chat.errors).toContainText('absurd.gguf', { timeout: WORK_MS });
    await expect(chat.errors).toContainText('Your files, and the model on the other side.');
    await chat.choose('left', 'Winnow-Sample-21M-Q8_0');
    await expect(chat.ask).toBeVisible();
    await expect(chat.errors).toBeHidden({ timeout: WORK_MS });
    expect(await app.quit()).toBe(0);
  });
});

// damaged, foreign and newer ones: test/unit/store/database.test.ts
test.describe('the database', () => {
  test('cannot be written', async ({ open, home }) => {
    // a file where the folder should be: as good as no right to write, for every user
    const folder = dataFolder(home);
    mkdirSync(dirname(folder), { recursive: true });
    writeFileSync(folder, '');
    const { app, frame } = await open();
    const fatal = new FatalScreen(app.page);
    await expect(fatal.heading).toHaveText('Winnow cannot open its database');
    await expect(fatal.message).toContainText('winnow.db cannot be opened for writing');
    await expect(fatal.message).toContainText('set WINNOW_HOME to another folder');
    await expect(fatal.message).toContainText('Your models and exported files.');
    rmSync(folder);
    await fatal.restart.click();
    await expect(frame.rail).toBeVisible();
  });
});

test.describe('exports', () => {
  test('the disk is full', async ({ openWork, home }) => {
    const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
    test.skip(!isRoot, 'only root of a Linux machine can mount a small disk');
    const disk = join(home, 'Disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', disk]);
    try {
      const { app, frame } = await openWork();
      const screen = new ExportScreen(app.page);
      await frame.go('export');
      await screen.another.click();
      await app.answerDialog({ kind: 'save', path: join(disk, 'pruned.gguf') });
      await screen.chooseTarget.click();
      await expect(screen.dryRun).toContainText('afterwards');
      await expect(screen.start).toBeEnabled();
      // with the focus back from the dialog the plan is asked for once more; nothing shows when that is answered
      await app.page.waitForTimeout(2000);

      // something else fills the disk meanwhile
      writeFileSync(join(disk, 'other.bin'), Buffer.alloc(36 << 20));
      await screen.start.click();
      await expect(screen.error).toContainText(/has 4[.,\d]* MB free, but \d\d[.,\d]* MB is needed/);
      await expect(screen.error).toContainText('No partial file is left behind.');
      await expect(screen.error).toContainText('Free some space');
      expect(readdirSync(disk)).toEqual(['other.bin']);

      await screen.back.click();
      await expect(screen.dryRun).toContainText(/has 4[.,\d]* MB free/);
      await expect(screen.start).toBeDisabled();
      rmSync(join(disk, 'other.bin'));
      await frame.go('new');
      await frame.go('export');
      await screen.start.click();
      await expect(screen.written).toBeVisible({ timeout: WORK_MS });
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
