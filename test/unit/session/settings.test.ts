// What a person set, and what stays the machine's.
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { changeSettings, readSettings } from '../../../electron/engine/app/session/settings.ts';
import { openStore } from '../../../electron/engine/store/database.ts';
import { getSetting } from '../../../electron/engine/store/settings.ts';
import { temporaryHome } from '../store/support.ts';

test('what nobody set is not stored, so that it follows the machine', () => {
  const store = openStore(temporaryHome());
  onTestFinished(() => store.close());
  const threads = readSettings(store).placement.threads;
  const events: string[] = [];
  const change = (what: Parameters<typeof changeSettings>[2]) =>
    changeSettings(store, (name) => events.push(name), what);
  expect(change({ theme: 'dark' })).toMatchObject({ theme: 'dark', ctx: 8192, placement: { threads } });
  expect(change({ ctx: 4096 })).toMatchObject({ theme: 'dark', ctx: 4096 });
  expect(getSetting(store, 'interface', z.unknown())).toEqual({ theme: 'dark', ctx: 4096 });
  expect(events).toEqual(['settings', 'settings']);
});
