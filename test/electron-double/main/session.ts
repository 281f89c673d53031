// `session`: the one session of the app, with its permissions and downloads.
import { EventEmitter } from 'node:events';
import type { DownloadItem as RealItem, Session } from 'electron';
import { toAppAddress } from '../app-address.ts';
import { host } from './host.ts';
import { PreventableEvent } from './preventable-event.ts';
import { protocol } from './protocol.ts';
import { requireReady } from './readiness.ts';

/** Electron's permissions, and what Playwright calls what they allow. Only these can be granted in the browser. */
const PERMISSIONS = {
  'clipboard-read': ['clipboard-read'],
  'clipboard-sanitized-write': ['clipboard-write'],
  geolocation: ['geolocation'],
  media: ['camera', 'microphone'],
  midi: ['midi'],
  notifications: ['notifications'],
} as const;

/** What a page's `webContents` is to the session. */
type WebContents = { readonly id: number };

type Permission = keyof typeof PERMISSIONS;
type RequestHandler = (
  contents: WebContents,
  permission: Permission,
  callback: (granted: boolean) => void,
  details: { requestingUrl: string; isMainFrame: boolean },
) => void;
type CheckHandler = (contents: WebContents | null, permission: Permission, origin: string, details: object) => boolean;

type BeforeRequest = (details: { url: string }, callback: (answer: { cancel?: boolean }) => void) => void;

type DownloadItem = Pick<RealItem, 'getURL'>;

class SessionDouble extends EventEmitter<{ 'will-download': [PreventableEvent, DownloadItem] }> {
  readonly protocol = protocol;
  readonly webRequest = {
    onBeforeRequest: (listener: BeforeRequest | null): void => void (this.#beforeRequest = listener),
  };
  #beforeRequest: BeforeRequest | null = null;
  #proxied = false;
  #requestHandler: RequestHandler | null = null;
  #checkHandler: CheckHandler | null = null;

  setPermissionRequestHandler(handler: RequestHandler | null): void {
    this.#requestHandler = handler;
  }

  setPermissionCheckHandler(handler: CheckHandler | null): void {
    this.#checkHandler = handler;
  }

  /** There are no devices here. */
  setDevicePermissionHandler(_handler: (() => boolean) | null): void {
    // Chromium is denied all of them
  }

  setProxy({ proxyRules = '' }: { readonly proxyRules?: string }): Promise<void> {
    this.#proxied = proxyRules !== '';
    return Promise.resolve();
  }

  /** Not Electron's. */
  get isProxied(): boolean {
    return this.#proxied;
  }

  /** Not Electron's. */
  cancels(url: string): boolean {
    let cancelled = false;
    this.#beforeRequest?.({ url }, ({ cancel = false }) => (cancelled = cancel));
    return cancelled;
  }

  /**
   * Not Electron's. Chromium is told before each load what the handlers allow, and enforces it; without handlers
   * everything is allowed, as in Electron.
   */
  grantedPermissions(contents: WebContents, origin: string): string[] {
    const names = Object.keys(PERMISSIONS) as Permission[];
    return names.filter((name) => this.#allows(contents, name, origin)).flatMap((name) => PERMISSIONS[name]);
  }

  /** Not Electron's. One that the app does not refuse would be asked about by a native dialog, which nobody sees here. */
  startDownload(url: string): void {
    const event = new PreventableEvent();
    this.emit('will-download', event, { getURL: () => toAppAddress(url) });
    if (!event.defaultPrevented) host.post('problem', { text: `A page downloads ${url}.` });
  }

  #allows(contents: WebContents, permission: Permission, origin: string): boolean {
    if (this.#checkHandler?.(contents, permission, origin, { isMainFrame: true }) === false) return false;
    let granted = this.#requestHandler === null;
    const details = { requestingUrl: `${origin}/`, isMainFrame: true };
    this.#requestHandler?.(contents, permission, (answer) => (granted = answer), details);
    return granted;
  }
}

export const defaultSession = new SessionDouble();

export const session = {
  get defaultSession(): SessionDouble {
    requireReady('Session can only be received when app is ready, not');
    return defaultSession;
  },
};

type SessionApi = {
  [K in 'setPermissionCheckHandler' | 'setPermissionRequestHandler']: (handler: null) => ReturnType<Session[K]>;
};
defaultSession satisfies SessionApi;

host.serve({
  requestCancelled: ({ url }) => defaultSession.cancels(url),
  downloadStarted: ({ url }) => {
    defaultSession.startDownload(url);
  },
});
