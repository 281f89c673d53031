// Some demos stay unscored, so that answers can be checked on them; whoever wants all of them scored says so.
import { Welcome } from '../pages/welcome.ts';
import { ScoreScreen } from '../pages/score-screen.ts';
import { expect, test } from './test.ts';

test('a tenth of a large set is held back, unless it is switched off', async ({ open }) => {
  const { app, frame } = await open();
  const { page } = app;
  await new Welcome(page).sample.click();
  await frame.expectScreen('score');
  await expect(new ScoreScreen(page).start).toHaveText('Score 36 demos');
  const holdBack = page.getByRole('switch', { name: 'Hold back 4 demos' });
  await expect(holdBack).toBeChecked();
  await holdBack.press('Space');
  await expect(new ScoreScreen(page).start).toHaveText('Score 40 demos');
  await expect(holdBack).not.toBeChecked();
});
