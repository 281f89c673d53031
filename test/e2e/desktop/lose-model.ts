// A failure that a person brings about: a model is added, its file deleted, and then it is to be shown in its folder.
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ModelPart } from '../pages/model-part.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { expect, WORK_MS, type Window } from './test.ts';

/** The model is called about-to-go. @param home where its file lies for a moment */
export async function loseModel({ app, frame }: Window, home: string): Promise<void> {
  const model = join(home, 'about-to-go.gguf');
  copyFileSync(SAMPLE_MODEL, model);
  await app.dropFiles([model]);
  await expect(frame.fileResult('about-to-go.gguf')).toContainText('Added to the library.', { timeout: WORK_MS });
  await frame.go('new');
  const { part } = new ModelPart(app.page);
  await expect(part).toContainText('about-to-go');
  rmSync(model);
  await part.getByText('About this model').click();
  await part.getByRole('button', { name: 'Show in folder' }).click();
}
