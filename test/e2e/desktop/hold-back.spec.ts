// Some demos stay unscored, so that answers can be checked on them; whoever wants all of them scored says so.
import { ScoreScreen } from '../pages/score-screen.ts';
import { expect, test } from './test.ts';

test('a tenth of a large set is held back, unless it is switched off', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await frame.go('score');
  await expect(new ScoreScreen(page).start).toHaveText('Score 36 demos');
  const holdBack = page.getByRole('switch', { name: 'Hold back 4 demos' });
  await expect(holdBack).toBeChecked();
  await holdBack.press('Space');
  await expect(new ScoreScreen(page).start).toHaveText('Score 40 demos');
  await expect(holdBack).not.toBeChecked();
});
