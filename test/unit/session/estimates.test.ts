import { expect, test } from 'vitest';
import { openTestEngine } from './test-engine.ts';

test('a setting that a run depends on makes estimates old, another one does not', async () => {
  const page = openTestEngine();
  await page.client.call('settings.set', { theme: 'dark', view: { table: 'size' } });
  expect(page.events('estimates')).toEqual([]);
  await page.client.call('settings.set', { maxTokens: 64 });
  expect(page.events('estimates')).toHaveLength(1);
  await page.client.call('settings.set', { maxTokens: 64 });
  expect(page.events('estimates')).toHaveLength(1);
});
