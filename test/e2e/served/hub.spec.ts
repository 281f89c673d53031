// A model of the hub in the page: looked at, got, listed, and not to be had where that is forbidden.
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubDouble } from '../../hub-double.ts';
import { ModelPart } from '../pages/model-part.ts';
import { SAMPLE_MODEL } from '../sample.ts';
import { expect, test, WORK_MS } from './test.ts';

const ADDRESS = 'hf:someone/Sample-GGUF:Q8_0';

let hub: HubDouble;

test.beforeEach(async () => {
  hub = await HubDouble.open();
  hub.add('someone/Sample-GGUF/Sample-Q8_0.gguf', readFileSync(SAMPLE_MODEL));
  hub.tags.set('someone/Sample-GGUF:Q8_0', 'Sample-Q8_0.gguf');
  process.env['HF_ENDPOINT'] = hub.endpoint;
});

test.afterEach(async () => {
  delete process.env['HF_ENDPOINT'];
  await hub.close();
});

test('a model is looked at, got, and listed', async ({ enter, page, home }) => {
  test.setTimeout(WORK_MS);
  const cache = join(home, '.cache', 'llama.cpp');
  mkdirSync(cache, { recursive: true });
  copyFileSync(SAMPLE_MODEL, join(cache, 'first.gguf'));
  const { frame } = await enter();
  await page.getByRole('button', { name: 'Show the 1 model found on the server' }).click();
  const open = page.getByRole('button', { name: 'Get…' });
  await open.click();
  const dialog = page.getByRole('dialog', { name: 'Get a model from the hub' });
  await dialog.getByLabel('Address').fill(ADDRESS);
  expect(hub.asked).toEqual([]);

  await dialog.getByRole('button', { name: 'Look' }).click();
  await expect(dialog).toContainText('32 in each layer, 4 used for each token', { timeout: WORK_MS });
  await expect(dialog).toContainText('It fits.');
  expect(hub.bodies().filter(({ host }) => host === 'cdn')).toHaveLength(1);

  await dialog.getByRole('button', { name: 'Get 22.8 MB' }).click();
  await expect(dialog).toBeHidden();
  await expect(new ModelPart(page).row('hf_someone_Sample')).toBeVisible({ timeout: WORK_MS });

  await test.step('again: it is here', async () => {
    await open.click();
    await dialog.getByLabel('Address').fill(ADDRESS);
    await dialog.getByRole('button', { name: 'Look' }).click();
    await expect(dialog).toContainText('It is here already', { timeout: WORK_MS });
    await dialog.getByRole('button', { name: 'Show it' }).click();
    await expect(dialog).toBeHidden();
    await expect(new ModelPart(page).part).toContainText('hf_someone_Sample');
  });

  await test.step('what is not there is said in the dialog', async () => {
    await new ModelPart(page).change.click();
    await open.click();
    await dialog.getByLabel('Address').fill('hf:someone/Sample-GGUF:Q2_K');
    await dialog.getByRole('button', { name: 'Look' }).click();
    await expect(dialog).toContainText('The hub has no hf:someone/Sample-GGUF:Q2_K', { timeout: WORK_MS });
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
  });

  await test.step('the setting forbids it', async () => {
    await frame.go('settings');
    await page.getByRole('switch', { name: 'Allow downloads from the hub' }).click({ force: true });
    await frame.go('new');
    await new ModelPart(page).change.click();
    await expect(open).toBeDisabled();
  });
});
