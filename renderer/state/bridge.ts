// The page's only way out: what its host gave it as `window.winnow`.
import type { Bridge } from '../../electron/contract/bridge.ts';

declare global {
  interface Window {
    winnow?: Bridge;
  }
}

/** @throws Error when the page runs without its host: there is nothing that it could do then, and no substitute */
export function bridge(): Bridge {
  const { winnow } = window;
  if (winnow === undefined) throw new Error('window.winnow is missing: the page runs without its host.');
  return winnow;
}
