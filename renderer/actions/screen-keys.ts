// The keys that show a screen.
import { STEPS, type ScreenId } from '../state/navigation.ts';

const OTHER_KEYS: Partial<Readonly<Record<ScreenId, string>>> = { runs: 'Mod+8', settings: 'Mod+,' };

/** The number of its step on the path; screens beside it have keys of their own. */
export function screenKeys(screen: ScreenId): string {
  return OTHER_KEYS[screen] ?? `Mod+${STEPS.findIndex((id) => id === screen) + 1}`;
}
