// What went wrong on a screen is said where it is in nobody's way, and is gone when the screen is left.
import { loseModel } from './lose-model.ts';
import { expect, test } from './test.ts';

test('a failure covers no control, and stays on its screen', async ({ openWork, home }) => {
  const window = await openWork();
  const { app, frame } = window;
  await loseModel(window, home);
  const failure = app.page.getByRole('alert').filter({ hasText: 'File not found. Put the file back' });
  await expect(failure).toContainText('about-to-go.gguf is not there any more');
  const news = (await failure.boundingBox())!;
  for (const part of [frame.stage, frame.jobStrip]) {
    const { y, height } = (await part.boundingBox())!;
    expect(y >= news.y + news.height || y + height <= news.y).toBe(true);
  }
  await frame.go('settings');
  await expect(failure).toBeHidden();
});
