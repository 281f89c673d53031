// What the user set in the interface, kept in the database.
import { availableParallelism } from 'node:os';
import { settingsSchema, type Settings } from '../../contract/api/app.ts';
import type { Store } from '../store/database.ts';
import { getSetting, setSetting } from '../store/settings.ts';

const KEY = 'interface';

function defaults(): Settings {
  return {
    theme: 'system',
    language: 'system',
    placement: { gpu: 'auto', gpuLayers: 'auto', cpuExpertLayers: 'auto', rpc: [], threads: availableParallelism() },
    ctx: 8192,
    nUbatch: 'auto',
    maxTokens: 0,
    advanced: false,
    trail: { modelId: null, domainId: null, runIds: [], selectionId: null, exportId: null },
    view: {},
  };
}

/** Stored settings over the defaults of this machine. */
export function readSettings(store: Store): Settings {
  return settingsSchema.parse({ ...defaults(), ...getSetting(store, KEY, settingsSchema.partial()) });
}

/** Changes what is given. @returns all of them */
export function changeSettings(store: Store, change: Partial<Settings>): Settings {
  const settings = settingsSchema.parse({ ...readSettings(store), ...change });
  setSetting(store, KEY, settings);
  return settings;
}
