// `session` and `protocol`: the one session of the app with its requests and downloads, and the app's own scheme, whose
// handler answers the browser's requests, headers included.
import { EventEmitter } from 'node:events';
import type { DownloadItem } from 'electron';
import { schemeOf, toAppAddress } from '../app-address.ts';
import type { MainCalls } from '../protocol.ts';
import { host, PreventableEvent } from './host.ts';

type SchemeHandler = (request: Request) => Response | Promise<Response>;
type BeforeRequest = (details: { url: string }, callback: (answer: { cancel?: boolean }) => void) => void;

const handlers = new Map<string, SchemeHandler>();

export const protocol = {
  registerSchemesAsPrivileged: (_schemes: readonly object[]): void => undefined,
  handle: (scheme: string, handler: SchemeHandler): void => void handlers.set(scheme, handler),
};

class SessionDouble extends EventEmitter<{ 'will-download': [PreventableEvent, Pick<DownloadItem, 'getURL'>] }> {
  readonly protocol = protocol;
  readonly webRequest = { onBeforeRequest: (listener: BeforeRequest): void => void (this.#beforeRequest = listener) };
  #beforeRequest: BeforeRequest | null = null;
  /** Not Electron's. */
  isProxied = false;

  // the tests' browser grants nothing, and has no devices
  setPermissionRequestHandler(_handler: unknown): void {}
  setPermissionCheckHandler(_handler: unknown): void {}
  setDevicePermissionHandler(_handler: unknown): void {}

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

  /** One that the app does not refuse would be asked about by a native dialog, which nobody sees here. */
  startDownload(url: string): void {
    const event = new PreventableEvent();
    this.emit('will-download', event, { getURL: () => toAppAddress(url) });
    if (!event.defaultPrevented) host.post('problem', { text: `A page downloads ${url}.` });
  }
}

export const session = { defaultSession: new SessionDouble() };

/** @throws Error where Electron fails the request */
export async function answerRequest({
  url,
  method,
  headers,
  body,
}: Parameters<MainCalls['schemeRequest']>[0]): Promise<ReturnType<MainCalls['schemeRequest']>> {
  const handler = handlers.get(schemeOf(url));
  if (!handler) throw new Error(`No handler for ${url}`);
  try {
    const response = await handler(new Request(url, { method, headers, ...(body && { body: new Uint8Array(body) }) }));
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, headers: [...response.headers], body: bytes };
  } catch (error) {
    console.error(`Error occurred in handler for ${url}:`, error);
    throw error;
  }
}
