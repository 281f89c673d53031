import { expect, test } from 'vitest';
import { openTestEngine } from './test-engine.ts';

test('a setting that a run depends on makes estimates old, another one does not', async () => {
  const { client, events } = openTestEngine();
  await client.call('settings.set', { theme: 'dark', view: { table: 'size' } });
  expect(events('estimates')).toEqual([]);
  await client.call('settings.set', { maxTokens: 64 });
  expect(events('estimates')).toHaveLength(1);
  await client.call('settings.set', { maxTokens: 64 });
  expect(events('estimates')).toHaveLength(1);
});
