// One truth for the choice: what Choose shows is what the trail names, Export writes and Prove measures.
import type { Locator } from '@playwright/test';
import { ChooseScreen } from '../pages/choose-screen.ts';
import type { Frame } from '../pages/frame.ts';
import { expect, test } from './test.ts';

/** Takes something else in a chip of the trail. */
async function take(frame: Frame, chip: Locator, choice: RegExp): Promise<void> {
  await chip.click();
  await frame.page.getByRole('option', { name: choice }).click();
  await frame.page.keyboard.press('Escape');
}

test('figures of one choice are never shown for another', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  const verdict = frame.stage.getByRole('region', { name: 'What it means' });
  await frame.go('prove');
  await expect(verdict).toContainText('In domain: perplexity');
  await frame.expectDone('prove');

  await take(frame, frame.chip('Run'), /^math/);
  await frame.go('choose');
  await new ChooseScreen(page).use.click();
  await frame.go('prove');
  await expect(frame.stage.getByRole('heading', { name: 'Nothing measured yet for this selection' })).toBeVisible();
  await expect(frame.stage).toContainText('Measured so far of this model, with other experts: python, 16/32.');
  await expect(verdict).toBeHidden();
  await expect(frame.stage).not.toContainText('Use this model only for');
  await expect(frame.link('prove')).not.toContainText('done');

  const file = frame.stage.getByRole('checkbox', { name: 'Winnow-Sample-21M-python-16e-Q8_0.gguf' });
  await expect(file).not.toBeChecked();
  await file.click({ force: true });
  await expect(frame.stage.getByRole('table')).toContainText('Winnow-Sample-21M-python-16e-Q8_0.gguf');
  await expect(verdict).toBeHidden();
});
