// What the models write: checked on prompts, and looked at example by example.
import { AnswersView } from '../pages/answers-view.ts';
import { expect, test, WORK_MS } from './test.ts';

test('answers are checked and looked at', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  const answers = new AnswersView(page);
  await frame.go('prove');

  await test.step('what was checked before stands there', async () => {
    await expect(answers.rows('Full model').first()).toContainText('of 6');
    await expect(answers.rows('Pruned file').first()).toContainText('of 6');
    await expect(answers.table).toContainText('python · 6 prompts');
    await expect(answers.table).toContainText('math · 6 prompts');
  });

  await test.step('examples by mouse and by keys', async () => {
    await expect(answers.prompts).toHaveCount(6);
    await answers.prompts.nth(1).click();
    await page.keyboard.press('ArrowDown');
    await expect(answers.prompts.nth(2)).toHaveAttribute('aria-selected', 'true');
    await expect(answers.examples.getByRole('group', { name: 'Prompt' })).not.toBeEmpty();
    await expect(answers.examples.getByRole('group', { name: 'Full model' })).not.toBeEmpty();
    await expect(answers.examples.getByRole('group', { name: 'Pruned file' })).not.toBeEmpty();
  });

  await test.step('check fewer prompts with other lengths', async () => {
    await answers.choose('Prompts per set', '5');
    await answers.choose('Longest answer', '64 tokens');
    await answers.check.click();
    await expect(answers.table).toContainText('python · 5 prompts', { timeout: WORK_MS });
    await expect(answers.rows('Pruned file').first()).toContainText('of 5');
    await expect(answers.prompts).toHaveCount(5);
  });

  await test.step('a check that is cancelled leaves what was checked before', async () => {
    await answers.choose('Longest answer', '1,024 tokens');
    await answers.check.click();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await expect(frame.stage).toContainText('Cancelled. What was done before is kept.');
    await expect(answers.rows('Pruned file').first()).toContainText('of 5');
  });
});
