// `session` and `protocol`: the one session of the app with its permissions, requests and downloads, and the app's own scheme, whose
// handler answers the browser's requests, headers included.
import { EventEmitter } from 'node:events';
import type { CustomScheme, DownloadItem, Protocol, Session } from 'electron';
import { schemeOf, toAppAddress } from '../app-address.ts';
import type { MainCalls, SchemeAnswer } from '../protocol.ts';
import { host } from './host.ts';
import { isReady, PreventableEvent, requireReady } from './life.ts';

type SchemeHandler = (request: Request) => Response | Promise<Response>;

const privileged = new Map<string, CustomScheme['privileges']>();
const handlers = new Map<string, SchemeHandler>();

export const protocol = {
  registerSchemesAsPrivileged(schemes: CustomScheme[]): void {
    if (isReady()) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    for (const { scheme, privileges } of schemes) privileged.set(scheme, privileges);
  },

  handle(scheme: string, handler: SchemeHandler): void {
    requireReady('Cannot handle a scheme');
    handlers.set(scheme, handler);
  },
};
protocol satisfies Pick<Protocol, 'registerSchemesAsPrivileged'> & {
  handle(scheme: string, handler: SchemeHandler): ReturnType<Protocol['handle']>;
};

/** Electron's permissions, and what Playwright calls what they allow. Only these can be granted in the browser. */
const PERMISSIONS = {
  'clipboard-read': ['clipboard-read'],
  'clipboard-sanitized-write': ['clipboard-write'],
  geolocation: ['geolocation'],
  media: ['camera', 'microphone'],
  notifications: ['notifications'],
} as const;
type Permission = keyof typeof PERMISSIONS;

/** What the handlers are given of the page is not looked at. */
type RequestHandler = (contents: null, permission: Permission, callback: (granted: boolean) => void) => void;
type CheckHandler = (contents: null, permission: Permission, origin: string) => boolean;
type BeforeRequest = (details: { url: string }, callback: (answer: { cancel?: boolean }) => void) => void;

class SessionDouble extends EventEmitter<{ 'will-download': [PreventableEvent, Pick<DownloadItem, 'getURL'>] }> {
  readonly protocol = protocol;
  readonly webRequest = { onBeforeRequest: (listener: BeforeRequest): void => void (this.#beforeRequest = listener) };
  #beforeRequest: BeforeRequest | null = null;
  #requestHandler: RequestHandler | null = null;
  #checkHandler: CheckHandler | null = null;
  /** Not Electron's. */
  isProxied = false;

  setPermissionRequestHandler(handler: RequestHandler | null): void {
    this.#requestHandler = handler;
  }

  setPermissionCheckHandler(handler: CheckHandler | null): void {
    this.#checkHandler = handler;
  }

  /** There are no devices here. */
  setDevicePermissionHandler(_handler: (() => boolean) | null): void {}

  setProxy({ proxyRules = '' }: { readonly proxyRules?: string }): Promise<void> {
    this.isProxied = proxyRules !== '';
    return Promise.resolve();
  }

  // What follows is not Electron's.

  cancels(url: string): boolean {
    let cancelled = false;
    this.#beforeRequest?.({ url }, ({ cancel = false }) => (cancelled = cancel));
    return cancelled;
  }

  /** Chromium is told before each load what the handlers allow, and enforces it; without them everything is allowed, as in Electron. */
  grantedPermissions(origin: string): string[] {
    const isAllowed = (permission: Permission): boolean => {
      let granted = this.#requestHandler === null;
      this.#requestHandler?.(null, permission, (answer) => (granted = answer));
      return granted && this.#checkHandler?.(null, permission, origin) !== false;
    };
    return (Object.keys(PERMISSIONS) as Permission[]).filter(isAllowed).flatMap((name) => PERMISSIONS[name]);
  }

  /** One that the app does not refuse would be asked about by a native dialog, which nobody sees here. */
  startDownload(url: string): void {
    const event = new PreventableEvent();
    this.emit('will-download', event, { getURL: () => toAppAddress(url) });
    if (!event.defaultPrevented) host.post('problem', { text: `A page downloads ${url}.` });
  }
}

export const defaultSession = new SessionDouble();
defaultSession satisfies {
  [K in 'setPermissionCheckHandler' | 'setPermissionRequestHandler']: (handler: null) => ReturnType<Session[K]>;
};

export const session = {
  get defaultSession(): SessionDouble {
    requireReady('Session can only be received when app is ready, not');
    return defaultSession;
  },
};

async function answer({
  url,
  method,
  headers,
  body,
}: Parameters<MainCalls['schemeRequest']>[0]): Promise<SchemeAnswer> {
  const scheme = schemeOf(url);
  const handler = handlers.get(scheme);
  if (!handler) return { kind: 'failed' };
  // behind its https origin any page would work; in Electron only that of a scheme with these privileges does
  const { standard = false, secure = false } = privileged.get(scheme) ?? {};
  if (!standard || !secure)
    host.post('problem', { text: `The scheme ${scheme} is not registered as standard and secure.` });
  try {
    const response = await handler(new Request(url, { method, headers, ...(body && { body: new Uint8Array(body) }) }));
    if (response.type === 'error') return { kind: 'failed' };
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { kind: 'response', status: response.status, headers: [...response.headers], body: bytes };
  } catch (error) {
    console.error(`Error occurred in handler for the scheme ${scheme}:`, error);
    return { kind: 'failed' };
  }
}

host.serve({
  schemeRequest: answer,
  requestCancelled: ({ url }) => defaultSession.cancels(url),
  downloadStarted: ({ url }) => defaultSession.startDownload(url),
});
