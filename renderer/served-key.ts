// The key of the served page's session. It lies in storage that belongs to this port, unlike cookies: tabs, reloads and
// the browser's next start find it there, pages of other ports do not.
import { KEY_META } from '../electron/contract/served-session.ts';

const STORED = 'winnow-key';

/** Puts the key away that came with the page, if one did, and its one-time address out of the browser's history. */
export function keepSessionKey(): void {
  const element = document.querySelector<HTMLMetaElement>(`meta[name="${KEY_META}"]`);
  if (element === null) return;
  localStorage.setItem(STORED, element.content);
  element.remove();
  history.replaceState(null, '', location.pathname + location.hash);
}

/** Another tab may have been let in meanwhile. @returns null: no page of this port was */
export function sessionKey(): string | null {
  return localStorage.getItem(STORED);
}
