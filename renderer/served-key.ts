// The key of the served page's session. Unlike cookies, its storage belongs to this port: tabs, reloads and the
// browser's next start find it there, pages of other ports do not.
import { KEY_META } from '../electron/contract/served-session.ts';

const STORED = 'winnow-key';

/** Stores the key that came with the page, if there was one, and removes its one-time address from the browser's history. */
export function keepSessionKey(): void {
  const element = document.querySelector<HTMLMetaElement>(`meta[name="${KEY_META}"]`);
  if (element === null) return;
  localStorage.setItem(STORED, element.content);
  element.remove();
  history.replaceState(null, '', location.pathname + location.hash);
}

/** Returns the key, which another tab may have received in the meantime. @returns null: no page of this port was let in */
export function sessionKey(): string | null {
  return localStorage.getItem(STORED);
}
