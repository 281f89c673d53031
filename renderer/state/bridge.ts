// The page's only way to the outside: what its host provided as `window.winnow`.
import type { Bridge } from '../../electron/contract/bridge.ts';

declare global {
  interface Window {
    winnow?: Bridge;
  }
}

/** Returns the bridge. @throws Error if the page runs without its host: it could do nothing then, and there is no substitute */
export function bridge(): Bridge {
  const { winnow } = window;
  if (winnow === undefined) throw new Error('window.winnow is missing: the page runs without its host.');
  return winnow;
}
