// What the models write: checked on prompts, looked at example by example, deleted with a way back.
import { AnswersView } from '../pages/answers-view.ts';
import { expect, test, WORK_MS } from './test.ts';

test('answers are checked, looked at and deleted', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  const answers = new AnswersView(page);
  await frame.go('prove');
  await answers.open();

  await test.step('what was checked before stands there, greedy and sampled', async () => {
    await expect(answers.rows('Full model').first()).toContainText('of 6');
    await expect(answers.rows('Pruned file').first()).toContainText('of 6');
    await expect(frame.stage).toContainText('6 prompts are too few to show whether loops increased.');
    await expect(frame.stage).toContainText('the same thing three times or more in a row');
    await page.getByRole('radio', { name: '1 sample at 0.6' }).click();
    await expect(answers.rows('Preview').first()).toContainText('of 6');
    await page.getByRole('radio', { name: 'Greedy' }).click();
  });

  await test.step('examples by mouse and by keys', async () => {
    await answers.expectPlace(1, 6);
    await answers.next.click();
    await answers.expectPlace(2, 6);
    await page.keyboard.press('ArrowRight');
    await answers.expectPlace(3, 6);
    await page.keyboard.press('Alt+PageUp');
    await answers.expectPlace(2, 6);
    await expect(answers.examples.getByRole('group', { name: 'Prompt' })).not.toBeEmpty();
    await expect(answers.examples.getByRole('group', { name: 'Full model' })).not.toBeEmpty();
    await expect(answers.examples.getByRole('group', { name: 'Pruned file' })).not.toBeEmpty();
  });

  await test.step('check fewer prompts with other lengths', async () => {
    await answers.leaveOut('math', 'Winnow-Sample-21M-python-16e-Q8_0.gguf');
    await answers.choose('Prompts per set', '5');
    await answers.choose('Longest answer', '64 tokens');
    await expect(answers.check).toHaveText(/^Check 2 models on 5 prompts/);
    await answers.check.click();
    await expect(answers.sets).toContainText('5 prompts per set, up to 64 tokens', { timeout: WORK_MS });
    await expect(answers.rows('Preview').first()).toContainText('of 5', { timeout: WORK_MS });
    await answers.expectPlace(1, 5);
  });

  await test.step('a check that is cancelled keeps what it has written', async () => {
    await answers.choose('Longest answer', '512 tokens');
    await answers.check.click();
    const written = page.getByRole('region', { name: 'Being written' });
    await expect(written.getByRole('group', { name: 'Prompt' })).not.toBeEmpty({ timeout: WORK_MS });
    const answer = written.getByRole('group', { name: 'Full model' });
    await expect(answer).toHaveText(/\S{3}/, { timeout: WORK_MS });
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const stopped = page.getByRole('region', { name: 'Stopped: what was written so far' });
    await expect(stopped.getByRole('group', { name: 'Full model' })).toHaveText(/\S{3}/);
    // and so does what was checked before
    await expect(answers.rows('Preview').first()).toContainText('of 5');
  });

  await test.step('delete, and take it back', async () => {
    await answers.deleteAll.click();
    await expect(frame.news).toContainText('2 checks deleted');
    await expect(page.getByText('6 prompts per set, up to 48 tokens')).toBeVisible();
    await frame.news.getByRole('button', { name: 'Undo' }).click();
    await expect(answers.sets).toContainText('5 prompts per set, up to 64 tokens');
    await expect(answers.rows('Preview').first()).toContainText('of 5');
  });
});
