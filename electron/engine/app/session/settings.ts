// What the user set in the interface, kept in the database.
import { availableParallelism } from 'node:os';
import { defaultSettings, settingsSchema, type Settings } from '../../../contract/api/app.ts';
import { threadsHere } from '../../models/placement/threads.ts';
import type { Store } from '../../store/database.ts';
import { getSelection, markUsed } from '../../store/selections.ts';
import { getSetting, INTERFACE_SETTINGS, setSetting } from '../../store/settings.ts';
import type { Services } from './services.ts';

const storedSchema = settingsSchema.partial();

/** Stored settings over the defaults. */
export function readSettings(store: Store): Settings {
  return ofThisMachine(
    settingsSchema.parse({
      ...defaultSettings(availableParallelism()),
      ...getSetting(store, INTERFACE_SETTINGS, storedSchema),
    }),
  );
}

/** They may have been stored on a machine with more cores. */
function ofThisMachine(settings: Settings): Settings {
  const { placement } = settings;
  return { ...settings, placement: { ...placement, threads: threadsHere(placement.threads) } };
}

/** Changes what is given, and tells the page. @returns all of them */
export function changeSettings(store: Store, emit: Services['emit'], change: Partial<Settings>): Settings {
  const before = readSettings(store);
  const settings = ofThisMachine(settingsSchema.parse({ ...before, ...change }));
  // what nobody set stays the default, of whatever machine and version this becomes
  setSetting(store, INTERFACE_SETTINGS, { ...getSetting(store, INTERFACE_SETTINGS, storedSchema), ...change });
  emit('settings', settings);
  const { selectionId } = settings.trail;
  const chosen =
    selectionId === null || selectionId === before.trail.selectionId ? undefined : getSelection(store, selectionId);
  if (chosen && markUsed(store, chosen)) emit('selections', {});
  if (computing(settings) !== computing(before)) emit('estimates', {});
  return settings;
}

/** What a run depends on. */
function computing({ placement, nUbatch, maxTokens }: Settings): string {
  return JSON.stringify([placement, nUbatch, maxTokens]);
}
