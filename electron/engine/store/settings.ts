// Repository of the user's settings.
import { z } from 'zod';
import type { Store } from './database.ts';
import { jsonColumn } from './json.ts';

/** The key of the settings made in the interface. */
export const INTERFACE_SETTINGS = 'interface';

/**
 * @returns undefined if it was never set
 * @throws WinnowError STORE when the stored value does not fit the schema
 */
export function getSetting<T>(store: Store, key: string, value: z.ZodType<T>): T | undefined {
  const row = z.object({ value: jsonColumn(value) });
  return store.get(row, 'SELECT value FROM settings WHERE key = ?', key)?.value;
}

/** @param value anything that JSON can hold */
export function setSetting(store: Store, key: string, value: unknown): void {
  store.run(
    'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    key,
    JSON.stringify(value),
  );
}
