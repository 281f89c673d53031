// Which screen is shown. The fragment of the address names it, so that reloading and the browser's Back button work.
import { create } from 'zustand';
import { SCREEN_IDS, type ScreenId } from '../../electron/contract/commands.ts';

type Navigation = { readonly screen: ScreenId };

function screenOfAddress(): ScreenId {
  const name = location.hash.replace(/^#\//, '');
  return SCREEN_IDS.find((id) => id === name) ?? 'new';
}

export const useNavigation = create<Navigation>()(() => ({ screen: screenOfAddress() }));

window.addEventListener('hashchange', () => useNavigation.setState({ screen: screenOfAddress() }));

/** Shows a screen. The stores keep the state of the previous one. */
export function go(screen: ScreenId): void {
  location.hash = `/${screen}`;
}
