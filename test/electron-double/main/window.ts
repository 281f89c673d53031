// `BrowserWindow` and its `webContents`: a page of the host's browser, and what Electron's main process knows of a window without
// asking.
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import type {
  BrowserWindow as RealWindow,
  BrowserWindowConstructorOptions,
  Display,
  HandlerDetails,
  WebContents as RealContents,
  WindowOpenHandlerResponse,
} from 'electron';
import { originOf, toBrowserAddress } from '../app-address.ts';
import { cloneToText } from '../clone-text.ts';
import type { Bounds, ToPage } from '../protocol.ts';
import { nativeTheme } from './desktop.ts';
import { host } from './host.ts';
import { life, PreventableEvent, requireReady } from './life.ts';
import { defaultSession } from './session.ts';

/** The one that windows stand on. */
const SCREEN: Bounds = { x: 0, y: 0, width: 1920, height: 1080 };

export const screen = {
  getAllDisplays(): Pick<Display, 'workArea'>[] {
    requireReady('screen cannot be used');
    return [{ workArea: { ...SCREEN } }];
  },
};

const windows = new Map<number, BrowserWindow>();
let lastId = 0;

export const allWindows = (): BrowserWindow[] => [...windows.values()];
export const windowById = (windowId: number): BrowserWindow | undefined => windows.get(windowId);

/** The window that the person at the machine is looking at. */
export function frontWindow(): BrowserWindow | undefined {
  return allWindows().find((window) => window.isFocused()) ?? allWindows()[0];
}

/** `webFrameMain` of the only frame that has a preload. */
class WebFrame {
  readonly parent = null;
  /** Not Electron's: where its page is. */
  url = '';

  get origin(): string {
    return originOf(this.url);
  }
}

type NavigationEvent = PreventableEvent & { readonly url: string; readonly isMainFrame: boolean };

type ContentsEvents = {
  'will-frame-navigate': [NavigationEvent];
  'render-process-gone': [PreventableEvent, { readonly reason: 'crashed'; readonly exitCode: number }];
};

export class WebContents extends EventEmitter<ContentsEvents> {
  readonly id: number;
  readonly mainFrame = new WebFrame();
  #opened: Promise<void>;
  #webRtcPolicy = 'default';
  #openHandler: (details: HandlerDetails) => WindowOpenHandlerResponse = () => ({ action: 'allow' });

  constructor(id: number, opened: Promise<void>) {
    super();
    this.id = id;
    this.#opened = opened;
  }

  send(channel: string, ...args: unknown[]): void {
    this.post({ kind: 'message', channel, args });
  }

  setWindowOpenHandler(handler: (details: HandlerDetails) => WindowOpenHandlerResponse): void {
    this.#openHandler = handler;
  }

  setWebRTCIPHandlingPolicy(policy: Parameters<RealContents['setWebRTCIPHandlingPolicy']>[0]): void {
    this.#webRtcPolicy = policy;
  }

  // What follows is not Electron's: the window and the host speak to the page's main side through it.

  async load(url: string): Promise<void> {
    await this.#opened;
    await host.call('setPermissions', { granted: defaultSession.grantedPermissions(originOf(url)) });
    // what is left of WebRTC then goes to the proxy, which tests do not have
    const webRtc = this.#webRtcPolicy !== 'disable_non_proxied_udp' || !defaultSession.isProxied;
    const failure = await host.call('loadUrl', { windowId: this.id, url: toBrowserAddress(url), webRtc });
    if (failure !== null) throw new Error(`${failure} loading '${url}'`);
  }

  mayNavigate(url: string, isMainFrame: boolean): boolean {
    const event = Object.assign(new PreventableEvent(), { url, isMainFrame });
    this.emit('will-frame-navigate', event);
    return !event.defaultPrevented;
  }

  windowOpenRequested(url: string): void {
    const referrer = { url: '', policy: 'strict-origin-when-cross-origin' } as const;
    const details = { url, frameName: '', features: '', disposition: 'foreground-tab', referrer } as const;
    if (this.#openHandler(details).action === 'deny') return;
    host.post('problem', { text: `The app let a page open a window (${url}); the double knows the app's own only.` });
  }

  post(message: ToPage): void {
    const text = cloneToText(message);
    void this.#opened.then(() => host.post('postToPage', { windowId: this.id, text }));
  }
}

type WindowEvents = { close: [PreventableEvent]; closed: []; 'ready-to-show': [] };

export class BrowserWindow extends EventEmitter<WindowEvents> {
  readonly id = ++lastId;
  readonly webContents: WebContents;
  #bounds: Bounds;
  /** Before it was maximized; null: it is not. */
  #normalBounds: Bounds | null = null;
  #visible = false;
  #focused = false;
  #closing = false;
  /** Not Electron's: what the task bar shows. */
  progressBar = -1;

  constructor({ webPreferences, ...options }: BrowserWindowConstructorOptions) {
    super();
    requireReady('Cannot create BrowserWindow');
    const { nodeIntegration, contextIsolation, sandbox, preload, partition } = webPreferences ?? {};
    if (nodeIntegration === true || contextIsolation === false || sandbox === false || partition !== undefined)
      throw new Error('The double runs sandboxed, isolated pages of one session only.');
    const { width = 800, height = 600, x = 0, y = 0 } = options;
    this.#bounds = { x, y, width, height };
    const opened = host.call('openWindow', {
      windowId: this.id,
      width,
      height,
      preload: preload === undefined ? null : resolve(preload),
      dark: nativeTheme.shouldUseDarkColors,
    });
    this.webContents = new WebContents(this.id, opened);
    windows.set(this.id, this);
    if (options.show !== false) this.show();
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.load(url);
  }

  show(): void {
    this.#visible = true;
    this.focus();
  }

  focus(): void {
    if (!this.#visible) return;
    for (const other of allWindows()) if (other !== this) other.blur();
    host.call('focusWindow', { windowId: this.id }).catch(() => undefined);
    this.#focused = true;
  }

  /** Another application takes the focus. */
  blur(): void {
    this.#focused = false;
  }

  isFocused(): boolean {
    return this.#focused;
  }

  /** Nobody minimizes windows here. */
  isMinimized(): boolean {
    return false;
  }

  restore(): void {
    this.focus();
  }

  maximize(): void {
    this.#normalBounds ??= this.#bounds;
    this.#resize(SCREEN);
  }

  isMaximized(): boolean {
    return this.#normalBounds !== null;
  }

  getBounds(): Bounds {
    return { ...this.#bounds };
  }

  getNormalBounds(): Bounds {
    return { ...(this.#normalBounds ?? this.#bounds) };
  }

  setBounds(bounds: Partial<Bounds>): void {
    this.#normalBounds = null;
    this.#resize(bounds);
  }

  setProgressBar(progress: number): void {
    this.progressBar = progress < 0 ? -1 : progress;
  }

  isDestroyed(): boolean {
    return !windows.has(this.id);
  }

  close(): void {
    if (this.#closing || this.isDestroyed()) return;
    const event = new PreventableEvent();
    this.emit('close', event);
    if (event.defaultPrevented) life.emit('close-prevented');
    else void this.#closePage();
  }

  /** Not Electron's: the page no longer exists. */
  pageGone(): void {
    if (!windows.delete(this.id)) return;
    this.emit('closed');
    if (windows.size === 0) life.emit('all-closed');
  }

  async #closePage(): Promise<void> {
    this.#closing = true;
    const closed = await host.call('closeWindow', { windowId: this.id });
    this.#closing = false;
    if (closed) this.pageGone();
    else life.emit('close-prevented');
  }

  #resize(bounds: Partial<Bounds>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    const { width, height } = this.#bounds;
    host.call('resizeWindow', { windowId: this.id, width, height }).catch(() => undefined);
  }
}

BrowserWindow satisfies new (
  options: BrowserWindowConstructorOptions,
) => Pick<
  RealWindow,
  | 'close'
  | 'focus'
  | 'getNormalBounds'
  | 'id'
  | 'isDestroyed'
  | 'isFocused'
  | 'isMaximized'
  | 'isMinimized'
  | 'loadURL'
  | 'maximize'
  | 'restore'
  | 'setProgressBar'
  | 'show'
> & { webContents: Pick<RealContents, 'id' | 'send' | 'setWebRTCIPHandlingPolicy' | 'setWindowOpenHandler'> };
