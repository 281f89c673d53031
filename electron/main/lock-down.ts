// What the page can never do, whatever code is in it: leave its address, open windows, use devices, reach any network.
// The content security policy covers much of this; these locks also hold where a policy does not apply, and where there
// is none.
import { app, type BrowserWindow, type Session } from 'electron';
import { PAGE_ORIGIN } from './app-protocol.ts';

/** Nothing listens at this address, and the machine's own addresses are no exception. */
const NO_PROXY = { proxyRules: 'socks5://127.0.0.1:9', proxyBypassRules: '<-loopback>' };

/**
 * Closes the lookup of names: a page can cause lookups with mere hints, and a name can carry data. To be called before
 * the app is ready.
 */
export function closeNameLookup(): void {
  app.commandLine.appendSwitch('host-resolver-rules', 'MAP * ~NOTFOUND');
}

/** Locks a session. To be called before a page is loaded. */
export async function lockSession(session: Session): Promise<void> {
  session.setPermissionRequestHandler((_contents, permission, decide) => decide(isHarmless(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isHarmless(permission));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !isLocal(url) }));
  session.on('will-download', (event, item) => {
    // pictures and tables that the page made itself
    if (!item.getURL().startsWith(`blob:${PAGE_ORIGIN}/`)) event.preventDefault();
  });
  // WebRTC consults neither a policy nor the session about its connections: what is left of it goes to this proxy
  await session.setProxy(NO_PROXY);
}

/** Locks a window. To be called before its page is loaded. */
export function lockWindow({ webContents }: BrowserWindow): void {
  webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  webContents.on('will-attach-webview', (event) => event.preventDefault());
  webContents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isPage(event.url)) event.preventDefault();
  });
  webContents.on('will-redirect', (event) => event.preventDefault());
  webContents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');
}

/** Compares the text, since URL parsers that do not know the scheme give it no origin. */
function isPage(url: string): boolean {
  return url.startsWith(`${PAGE_ORIGIN}/`);
}

/** The page's own files, data that it made itself, and the developer tools of a checkout. */
function isLocal(url: string): boolean {
  return isPage(url) || /^(blob|data|devtools):/i.test(url);
}

/** Only what "Copy" buttons need. */
function isHarmless(permission: string): boolean {
  return permission === 'clipboard-sanitized-write';
}
