// Models are the server's: no native dialog, but its folders and what lies in them.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ModelsScreen } from '../pages/models-screen.ts';
import { SettingsScreen } from '../pages/settings-screen.ts';
import { Welcome } from '../pages/welcome.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { expect, test } from './test.ts';

test('models of the server’s folders, and where those are', async ({ enter, page, home }) => {
  const cache = join(home, '.cache', 'llama.cpp');
  mkdirSync(cache, { recursive: true });
  copyFileSync(SAMPLE_MODEL, join(cache, 'first.gguf'));
  const { frame } = await enter();
  const models = new ModelsScreen(page);

  await test.step('found at the start', async () => {
    await expect(new Welcome(page).choose).toBeHidden();
    await page.getByRole('button', { name: 'Show the 1 model found on the server' }).click();
    await expect(models.row('first')).toBeVisible();
    await expect(page.getByText(/^1 model on the server/)).toBeVisible();
  });

  await test.step('another one, put there meanwhile', async () => {
    copyFileSync(SAMPLE_MODEL, join(cache, 'second.gguf'));
    await page.getByRole('button', { name: 'Where do models go?' }).click();
    const folders = page.getByRole('dialog', { name: 'Where do models go?' });
    await expect(folders).toContainText('~/.cache/llama.cpp');
    await page.keyboard.press('Escape');
    await models.lookAgain.click();
    await expect(models.row('second')).toBeVisible();
  });

  await test.step('nothing that would need a dialog of the server', async () => {
    await page.keyboard.press('Control+k');
    await expect(page.getByText('Add demos…')).toBeVisible();
    await expect(page.getByText('Open a model…')).toBeHidden();
    await page.keyboard.press('Escape');
    await frame.go('settings');
    await new SettingsScreen(page).tab('Model folders').click();
    await expect(page.getByText('~/.cache/llama.cpp')).toBeVisible();
    await expect(page.getByRole('button', { name: /^Add/ })).toBeHidden();
  });
});
