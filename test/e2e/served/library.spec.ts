// Models are the server's: no native dialog, but its folders and what lies in them.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { dragFiles } from '../drag-files.ts';
import { barriers } from '../pages/barriers.ts';
import { ModelPart } from '../pages/model-part.ts';
import { ServerDialog } from '../pages/server-dialog.ts';
import { Welcome } from '../pages/welcome.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { copyWork } from '../work-home.ts';
import { expect, test } from './test.ts';

test('models of the server’s folders, and where those are', async ({ enter, page, home }) => {
  const cache = join(home, '.cache', 'llama.cpp');
  mkdirSync(cache, { recursive: true });
  copyFileSync(SAMPLE_MODEL, join(cache, 'first.gguf'));
  const { frame } = await enter();
  const models = new ModelPart(page);

  await test.step('found at the start', async () => {
    await expect(new Welcome(page).choose).toBeVisible();
    await page.getByRole('button', { name: 'Show the 1 model found on the server' }).click();
    await expect(models.row('first')).toBeVisible();
  });

  await test.step('another one, put there meanwhile', async () => {
    copyFileSync(SAMPLE_MODEL, join(cache, 'second.gguf'));
    await models.addBy('Look again');
    await expect(models.row('second')).toBeVisible();
  });

  await test.step('where they are looked for is in the settings', async () => {
    await frame.go('settings');
    await expect(page.getByText('~/.cache/llama.cpp')).toBeVisible();
  });
});

test('a dropped folder is not uploaded, and the page says what to do', async ({ enter, page, home }) => {
  const { frame } = await enter();
  const folder = join(home, 'my models');
  mkdirSync(folder, { recursive: true });
  copyFileSync(SAMPLE_MODEL, join(folder, 'inside.gguf'));
  await (await dragFiles(page, [folder])).drop();
  await expect(frame.fileResult('my models')).toContainText('A folder cannot be uploaded.');
});

test('models and folders of them are added by a button, from what the server allows', async ({ enter, page }) => {
  const { served, frame } = await enter();
  mkdirSync(join(served.models, 'moe', 'old'), { recursive: true });
  copyFileSync(SAMPLE_MODEL, join(served.models, 'moe', 'chosen.gguf'));
  copyFileSync(SAMPLE_MODEL, join(served.models, 'moe', 'old', 'found.gguf'));
  const models = new ModelPart(page);
  const dialog = new ServerDialog(page);

  await test.step('a model that lies on the server', async () => {
    await page.keyboard.press('Control+o');
    await expect(dialog.content).toContainText('~/pruned');
    await dialog.entry('~/shared').click();
    await dialog.entry('moe').click();
    await expect(dialog.path).toContainText('~/shared');
    await expect(dialog.content).toContainText('old');
    expect(await barriers(page)).toEqual([]);
    await dialog.entry('chosen.gguf').click();
    await expect(frame.fileResult('chosen.gguf')).toContainText('Added to the library.');
    await expect(models.part).toContainText('chosen');
  });

  await test.step('one of this computer', async () => {
    await models.change.click();
    await models.addBy('Open a model…');
    const form = page.waitForEvent('filechooser');
    await dialog.upload.click();
    await (await form).setFiles(SAMPLE_MODEL);
    await expect(frame.fileResult('winnow-sample-Q8_0.gguf')).toContainText('Added to the library.');
    await expect(dialog.root).toBeHidden();
  });

  await test.step('a folder, by keyboard alone', async () => {
    await models.add.press('Enter');
    await page.getByRole('menuitem', { name: 'Add a folder…' }).press('Enter');
    await dialog.entry('~/shared').press('Enter');
    await dialog.entry('moe').press('Enter');
    await dialog.entry('old').press('Enter');
    await expect(dialog.content).toContainText('no folders');
    await dialog.root.getByRole('button', { name: 'Add “old”' }).press('Enter');
    await expect(frame.fileResult('old')).toContainText('Added to the model folders.');
    await expect(models.row('found')).toBeVisible();
  });
});

test('the folder of an original checkpoint is asked for as that', async ({ enter, page, home }) => {
  copyWork(home);
  const { served, frame } = await enter();
  mkdirSync(join(served.models, 'original'), { recursive: true });
  await frame.go('export');
  await expect(frame.stage).toContainText('Not found here: LM Studio and Jan. Install and start one of them once');
  await page.getByRole('button', { name: 'Choose the checkpoint’s folder…' }).click();
  const dialog = new ServerDialog(page);
  await expect(dialog.root).toHaveAccessibleName('Choose the original checkpoint');
  await expect(dialog.root).not.toContainText('looks for models');
  await dialog.entry('~/shared').click();
  await dialog.entry('original').click();
  await dialog.root.getByRole('button', { name: 'Use “original”' }).click();
  await expect(frame.stage.getByRole('region', { name: 'The original checkpoint' }).getByRole('alert')).toContainText(
    'shared/original cannot be cut',
  );
});
