// `BrowserWindow` and its `webContents`: a page of the host's browser, and what Electron's main process knows of a window without
// asking. The app has one at a time.
import { EventEmitter } from 'node:events';
import type {
  BrowserWindowConstructorOptions,
  Rectangle,
  WebContents as RealContents,
  WindowOpenHandlerResponse,
} from 'electron';
import { originOf, toBrowserAddress } from '../app-address.ts';
import { cloneToText } from '../clone-text.ts';
import type { ToPage } from '../protocol.ts';
import { app } from './app.ts';
import { nativeTheme } from './desktop.ts';
import { host, PreventableEvent } from './host.ts';
import { session } from './session.ts';

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
type OpenHandler = (details: { readonly url: string }) => WindowOpenHandlerResponse;

export class WebContents extends EventEmitter<{ 'will-frame-navigate': [NavigationEvent] }> {
  readonly mainFrame = new WebFrame();
  readonly #opened: Promise<void>;
  #webRtcPolicy = 'default';
  #openHandler: OpenHandler = () => ({ action: 'allow' });

  constructor(opened: Promise<void>) {
    super();
    this.#opened = opened;
  }

  send(channel: string, ...args: unknown[]): void {
    this.post({ kind: 'message', channel, args });
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  setWebRTCIPHandlingPolicy(policy: Parameters<RealContents['setWebRTCIPHandlingPolicy']>[0]): void {
    this.#webRtcPolicy = policy;
  }

  // What follows is not Electron's: the window and the host speak to the page's main side through it.

  async load(url: string): Promise<void> {
    await this.#opened;
    // what is left of WebRTC then goes to the proxy, which tests do not have
    const webRtc = this.#webRtcPolicy !== 'disable_non_proxied_udp' || !session.defaultSession.isProxied;
    await host.call('loadUrl', { url: toBrowserAddress(url), webRtc });
  }

  mayNavigate(url: string, isMainFrame: boolean): boolean {
    const event = Object.assign(new PreventableEvent(), { url, isMainFrame });
    this.emit('will-frame-navigate', event);
    return !event.defaultPrevented;
  }

  windowOpenRequested(url: string): void {
    if (this.#openHandler({ url }).action === 'deny') return;
    host.post('problem', { text: `The app let a page open a window (${url}); the double knows the app's own only.` });
  }

  post(message: ToPage): void {
    const text = cloneToText(message);
    void this.#opened.then(() => host.post('postToPage', { text }));
  }
}

/** None or one. */
const windows: BrowserWindow[] = [];

export class BrowserWindow extends EventEmitter<{ close: []; closed: []; 'ready-to-show': [] }> {
  readonly webContents: WebContents;
  #bounds: Rectangle;
  #focused = false;

  constructor({ webPreferences, x = 0, y = 0, width = 800, height = 600 }: BrowserWindowConstructorOptions) {
    super();
    this.#bounds = { x, y, width, height };
    const preload = webPreferences?.preload;
    if (windows.length > 0 || preload === undefined)
      throw new Error('The double of Electron has one window, with a preload script.');
    const opened = host.call('openWindow', { width, height, preload, dark: nativeTheme.shouldUseDarkColors });
    this.webContents = new WebContents(opened);
    windows.push(this);
    app.window = this;
  }

  static getAllWindows(): BrowserWindow[] {
    return [...windows];
  }

  static getFocusedWindow(): BrowserWindow | null {
    return windows[0] ?? null;
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.load(url);
  }

  show(): void {
    this.focus();
  }

  focus(): void {
    this.#focused = true;
  }

  blur(): void {
    this.#focused = false;
  }

  isFocused(): boolean {
    return this.#focused;
  }

  // nobody minimizes or maximizes windows here

  isMinimized(): boolean {
    return false;
  }

  isMaximized(): boolean {
    return false;
  }

  getBounds(): Rectangle {
    return { ...this.#bounds };
  }

  getNormalBounds(): Rectangle {
    return this.getBounds();
  }

  setBounds(bounds: Partial<Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds };
    const { width, height } = this.#bounds;
    host.post('resizeWindow', { width, height });
  }

  setProgressBar(_progress: number): void {}

  isDestroyed(): boolean {
    return !windows.includes(this);
  }

  close(): void {
    this.emit('close');
    void host.call('closeWindow', null).then(() => {
      windows.pop();
      this.emit('closed');
      app.windowClosed();
    });
  }
}

/** Of the window that is open. */
export const openContents = (): WebContents | undefined => windows[0]?.webContents;

/** The window's first document can be shown. */
export const becomeShowable = (): void => void windows[0]?.emit('ready-to-show');
