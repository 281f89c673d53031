// Which screen is shown. The address's fragment names it, so that reloading and the browser's Back work.
import { create } from 'zustand';
import { SCREEN_IDS, type ScreenId } from '../../electron/contract/commands.ts';

type Navigation = { readonly screen: ScreenId };

function screenOfAddress(): ScreenId {
  const name = location.hash.replace(/^#\//, '');
  return SCREEN_IDS.find((id) => id === name) ?? 'models';
}

export const useNavigation = create<Navigation>()(() => ({ screen: screenOfAddress() }));

window.addEventListener('hashchange', () => useNavigation.setState({ screen: screenOfAddress() }));

/** Shows a screen. What the one before it held is kept by the stores. */
export function go(screen: ScreenId): void {
  location.hash = `/${screen}`;
}
