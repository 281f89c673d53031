// The user's settings in the interface, stored in the database.
import { availableParallelism } from 'node:os';
import { defaultSettings, settingsSchema, type Settings } from '../../../contract/api/app.ts';
import { threadsHere } from '../../models/placement/threads.ts';
import type { Store } from '../../store/database.ts';
import { getSelection, markUsed } from '../../store/selections.ts';
import { getSetting, INTERFACE_SETTINGS, setSetting } from '../../store/settings.ts';
import type { Services } from './services.ts';

const storedSchema = settingsSchema.partial();

/** The defaults, overridden by stored settings. */
export function readSettings(store: Store): Settings {
  return ofThisMachine(
    settingsSchema.parse({
      ...defaultSettings(availableParallelism()),
      ...getSetting(store, INTERFACE_SETTINGS, storedSchema),
    }),
  );
}

/** Limits threads to this machine's cores: the settings may have been stored on a machine with more. */
function ofThisMachine(settings: Settings): Settings {
  const { placement } = settings;
  return { ...settings, placement: { ...placement, threads: threadsHere(placement.threads) } };
}

/** Changes the given settings, and tells the page. @returns all settings */
export function changeSettings(store: Store, emit: Services['emit'], change: Partial<Settings>): Settings {
  const before = readSettings(store);
  const settings = ofThisMachine(settingsSchema.parse({ ...before, ...change }));
  // unset values are not stored, so that they follow the defaults of later machines and versions
  setSetting(store, INTERFACE_SETTINGS, { ...getSetting(store, INTERFACE_SETTINGS, storedSchema), ...change });
  emit('settings', settings);
  const { selectionId } = settings.trail;
  const chosen =
    selectionId === null || selectionId === before.trail.selectionId ? undefined : getSelection(store, selectionId);
  if (chosen && markUsed(store, chosen)) emit('selections', {});
  if (computing(settings) !== computing(before)) emit('estimates', {});
  return settings;
}

/** The settings that a run depends on, as a key. */
function computing({ placement, nUbatch, maxTokens }: Settings): string {
  return JSON.stringify([placement, nUbatch, maxTokens]);
}
