// The window's three entries, and what New file asks and says before anything is computed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withKey } from '../gguf-key.ts';
import { ModelPart } from '../pages/model-part.ts';
import { NewScreen } from '../pages/new-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { expect, test, WORK_MS } from './test.ts';

test('three entries; every command is found by the words on its button', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const { page } = app;
  await expect(frame.rail.getByRole('link')).toHaveText(['New file', 'My files', 'Settings']);
  await frame.go('files');
  await page.keyboard.press('Control+k');
  const entries = page.getByRole('dialog').getByRole('menuitem');
  await expect(entries.first()).toBeVisible();
  expect(await entries.count()).toBeLessThanOrEqual(20);
  await page.keyboard.type('settings');
  await expect(entries).toHaveCount(1);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await frame.expectScreen('settings');
});

test('a size without a unit is a question, and what a size means is said beside it', async ({ openWork }) => {
  const { app, frame } = await openWork();
  const best = new NewScreen(app.page);
  await frame.go('new');
  await expect(best.memory).toHaveValue('');
  await expect(best.find).toBeDisabled();
  await best.memory.fill('20');
  await expect(frame.stage).toContainText('20 of what?');
  await frame.stage.getByRole('button', { name: '20 GB' }).click();
  await expect(frame.stage).toContainText('Your model fits as it is');
  await expect(best.find).toBeDisabled();
  await frame.stage.getByRole('button', { name: /^Make it [\d.]+ MB all the same$/ }).click();
  await expect(frame.stage).toContainText('It has to become smaller.');
  await expect(best.plan).toContainText('Takes about', { timeout: WORK_MS });
  await expect(best.find).toBeEnabled();
  await best.memory.fill('1 MB');
  const mend = frame.stage.getByRole('alert').getByRole('button', { name: /^Use / });
  await expect(mend.first()).toBeVisible({ timeout: WORK_MS });
  await mend.first().click();
  await expect(best.find).toBeEnabled({ timeout: WORK_MS });
});

test('a dense model keeps nothing of the model before it', async ({ openWork, home }) => {
  const { app, frame } = await openWork();
  const best = new NewScreen(app.page);
  await frame.go('new');
  await best.memory.fill('20 MB');
  const dense = join(home, 'dense.gguf');
  writeFileSync(dense, withKey(readFileSync(SAMPLE_MODEL), 'qwen3moe.expert_count', 0));
  await app.dropFiles([dense]);
  const { part } = new ModelPart(app.page);
  await expect(part).toContainText('This model has no experts', { timeout: WORK_MS });
  await expect(best.memory).toHaveCount(0);
  await expect(best.find).toHaveCount(0);
  await frame.go('choose');
  await expect(frame.chip('Selection')).toContainText('No experts chosen yet');
});

test('the sample comes with its memory and its work: one press finds its file', async ({ open }) => {
  const { app, frame } = await open();
  const best = new NewScreen(app.page);
  await new Welcome(app.page).sample.click();
  await expect(best.memory).toHaveValue('24 MB', { timeout: WORK_MS });
  await expect(frame.stage).toContainText('It has to become smaller.');
  await expect(best.find).toBeEnabled({ timeout: WORK_MS });
});
