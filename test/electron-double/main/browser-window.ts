// `BrowserWindow`: a page of the host's browser, and what Electron's main process knows of a window without asking.
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import type { BrowserWindow as RealWindow, BrowserWindowConstructorOptions, Display } from 'electron';
import { toBrowserAddress } from '../app-address.ts';
import type { Bounds } from '../protocol.ts';
import { host } from './host.ts';
import { nativeTheme } from './native-theme.ts';
import { PreventableEvent } from './preventable-event.ts';
import { requireReady } from './readiness.ts';
import { WebContents } from './web-contents.ts';

type WindowEvents = { close: [PreventableEvent]; closed: []; 'ready-to-show': [] };

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

/** For the modules that must know when windows come and go without knowing windows. */
export const windowEvents = new EventEmitter<{
  'all-closed': [];
  'close-prevented': [];
  'quit-chosen': [];
}>();

export function allWindows(): BrowserWindow[] {
  return [...windows.values()];
}

export function windowById(windowId: number): BrowserWindow | undefined {
  return windows.get(windowId);
}

/** The window that the person at the machine is looking at. */
export function frontWindow(): BrowserWindow | undefined {
  return allWindows().find((window) => window.isFocused()) ?? allWindows()[0];
}

export class BrowserWindow extends EventEmitter<WindowEvents> {
  readonly id = ++lastId;
  readonly webContents: WebContents;
  #bounds: Bounds;
  /** Before it was maximized. */
  #normalBounds: Bounds | null = null;
  #maximized = false;
  #visible = false;
  #focused = false;
  #destroyed = false;
  #closing = false;
  #progress = -1;

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super();
    requireReady('Cannot create BrowserWindow');
    const { webPreferences, width = 800, height = 600, x = 0, y = 0 } = options;
    refuseUnsafe(webPreferences);
    this.#bounds = { x, y, width, height };
    this.webContents = new WebContents(this.id);
    windows.set(this.id, this);
    const preload = webPreferences?.preload === undefined ? null : resolve(webPreferences.preload);
    const opened = host.call('openWindow', {
      windowId: this.id,
      width,
      height,
      preload,
      dark: nativeTheme.shouldUseDarkColors,
    });
    this.webContents.opened(opened);
    if (options.show !== false) this.show();
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.load(toBrowserAddress(url), url);
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
    if (!this.#maximized) {
      this.#normalBounds = this.#bounds;
      this.#changeBounds(SCREEN);
      this.#maximized = true;
    }
  }

  isMaximized(): boolean {
    return this.#maximized;
  }

  getBounds(): Bounds {
    return { ...this.#bounds };
  }

  getNormalBounds(): Bounds {
    return { ...(this.#normalBounds ?? this.#bounds) };
  }

  setBounds(bounds: Partial<Bounds>): void {
    if (this.#maximized) {
      this.#maximized = false;
      this.#normalBounds = null;
    }
    this.#changeBounds(bounds);
  }

  setProgressBar(progress: number): void {
    if (!Number.isFinite(progress)) throw new TypeError('Error processing argument at index 0, conversion failure');
    this.#progress = progress < 0 ? -1 : progress;
  }

  /** Not Electron's: what the task bar shows. */
  get progressBar(): number {
    return this.#progress;
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  close(): void {
    if (this.#closing || this.#destroyed) return;
    const event = new PreventableEvent();
    this.emit('close', event);
    if (event.defaultPrevented) windowEvents.emit('close-prevented');
    else void this.#closePage();
  }

  /** Not Electron's: the page no longer exists. */
  pageGone(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    windows.delete(this.id);
    this.webContents.destroyed();
    this.emit('closed');
    if (windows.size === 0) windowEvents.emit('all-closed');
  }

  async #closePage(): Promise<void> {
    this.#closing = true;
    const closed = await host.call('closeWindow', { windowId: this.id });
    this.#closing = false;
    if (closed) this.pageGone();
    else windowEvents.emit('close-prevented');
  }

  #changeBounds(bounds: Partial<Bounds>): void {
    const before = this.#bounds;
    this.#bounds = { ...before, ...bounds };
    const { width, height } = this.#bounds;
    if (width !== before.width || height !== before.height) {
      host.call('resizeWindow', { windowId: this.id, width, height }).catch(() => undefined);
    }
  }
}

type WindowApi = Pick<
  RealWindow,
  | 'blur'
  | 'close'
  | 'focus'
  | 'getBounds'
  | 'getNormalBounds'
  | 'id'
  | 'isDestroyed'
  | 'isFocused'
  | 'isMaximized'
  | 'isMinimized'
  | 'loadURL'
  | 'maximize'
  | 'restore'
  | 'setBounds'
  | 'setProgressBar'
  | 'show'
>;
BrowserWindow satisfies new (options?: BrowserWindowConstructorOptions) => WindowApi;

/** A window whose page has powers that the double cannot give, or should not have. */
function refuseUnsafe(preferences: BrowserWindowConstructorOptions['webPreferences']): void {
  const { nodeIntegration = false, contextIsolation = true, sandbox = true, partition } = preferences ?? {};
  if (nodeIntegration || !contextIsolation || !sandbox) {
    throw new Error('The double runs sandboxed, isolated pages only: leave webPreferences at their defaults.');
  }
  if (partition !== undefined)
    throw new Error('The double has one session; it cannot give a window its own partition.');
}
