// What went wrong on a screen is said where it is in nobody's way, and is gone when the screen is left.
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ModelsScreen } from '../pages/models-screen.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { expect, test, WORK_MS } from './test.ts';

test('a failure covers no control, and stays on its screen', async ({ openWork, home, picture }) => {
  const { app, frame } = await openWork();
  const model = join(home, 'about-to-go.gguf');
  copyFileSync(SAMPLE_MODEL, model);
  await app.dropFiles([model]);
  await expect(frame.fileResult('about-to-go.gguf')).toContainText('Added to the library.', { timeout: WORK_MS });
  await frame.go('models');
  await new ModelsScreen(app.page).row('about-to-go').click();
  rmSync(model);
  await frame.inspector.getByRole('button', { name: 'Show in folder' }).click();
  const failure = app.page.getByRole('alert').filter({ hasText: 'File not found. Put the file back' });
  await expect(failure).toContainText('about-to-go.gguf is not there any more');
  await picture(app.page, 'failure');
  const news = (await failure.boundingBox())!;
  for (const part of [frame.stage, frame.inspector, frame.jobStrip]) {
    const { y, height } = (await part.boundingBox())!;
    expect(y >= news.y + news.height || y + height <= news.y).toBe(true);
  }
  await frame.go('settings');
  await expect(failure).toBeHidden();
});
