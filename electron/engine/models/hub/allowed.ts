// Whether the hub may be contacted at all.
import { z } from 'zod';
import { WinnowError } from '../../../contract/errors.ts';
import { say } from '../../../contract/sentences.ts';
import type { Store } from '../../store/database.ts';
import { getSetting, INTERFACE_SETTINGS } from '../../store/settings.ts';

/** Values that switch something on, as the hub's own tools read them from the environment. */
const ON = ['1', 'on', 'yes', 'true'];

/** @throws WinnowError HUB_REFUSED, which names the setting that forbids it */
export function requireHubAllowed(store: Store, { HF_HUB_OFFLINE = '' }: NodeJS.ProcessEnv = process.env): void {
  if (ON.includes(HF_HUB_OFFLINE.toLowerCase())) throw new WinnowError('HUB_REFUSED', say('hubOffline'));
  const set = getSetting(store, INTERFACE_SETTINGS, z.object({ allowHub: z.boolean().exactOptional() }));
  if (set?.allowHub === false) throw new WinnowError('HUB_REFUSED', say('hubNotAllowed'));
}
