// `BrowserWindow`: a page of the host's browser, and what Electron's main process knows of a window without asking.
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import type { BrowserWindow as RealWindow, BrowserWindowConstructorOptions } from 'electron';
import { toBrowserAddress } from '../app-address.ts';
import type { Bounds, KeyPress } from '../protocol.ts';
import { host } from './host.ts';
import { nativeTheme } from './native-theme.ts';
import { PreventableEvent } from './preventable-event.ts';
import { requireReady } from './readiness.ts';
import { SCREEN } from './screen.ts';
import { WebContents } from './web-contents.ts';

type WindowEvents = {
  close: [PreventableEvent];
  closed: [];
  'ready-to-show': [];
  show: [];
  hide: [];
  focus: [];
  blur: [];
  resize: [];
  move: [];
  maximize: [];
  unmaximize: [];
  minimize: [];
  restore: [];
};

const windows = new Map<number, BrowserWindow>();
let lastId = 0;

/** For the modules that must know when windows come and go without knowing windows. */
export const windowEvents = new EventEmitter<{
  'all-closed': [];
  'close-prevented': [];
  'quit-chosen': [];
  key: [KeyPress];
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
  #minimized = false;
  #visible = false;
  #focused = false;
  #destroyed = false;
  #closing = false;
  #progress = -1;
  #title: string;

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super();
    requireReady('Cannot create BrowserWindow');
    const { webPreferences, width = 800, height = 600, x = 0, y = 0 } = options;
    refuseUnsafe(webPreferences);
    this.#bounds = { x, y, width, height };
    this.#title = options.title ?? '';
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

  static getAllWindows(): BrowserWindow[] {
    return allWindows();
  }

  static fromWebContents(contents: WebContents): BrowserWindow | null {
    return windows.get(contents.id) ?? null;
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.load(toBrowserAddress(url), url);
  }

  show(): void {
    if (!this.#visible) {
      this.#visible = true;
      this.emit('show');
    }
    this.focus();
  }

  hide(): void {
    if (!this.#visible) return;
    this.#setFocused(false);
    this.#visible = false;
    this.emit('hide');
  }

  isVisible(): boolean {
    return this.#visible;
  }

  focus(): void {
    if (!this.#visible || this.#minimized) return;
    for (const other of allWindows()) if (other !== this) other.setFocusedByUser(false);
    host.call('focusWindow', { windowId: this.id }).catch(() => undefined);
    this.#setFocused(true);
  }

  isFocused(): boolean {
    return this.#focused;
  }

  /** Not Electron's: another application takes the focus, or gives it back. */
  setFocusedByUser(focused: boolean): void {
    if (focused) this.focus();
    else this.#setFocused(false);
  }

  minimize(): void {
    if (this.#minimized) return;
    this.#minimized = true;
    this.#setFocused(false);
    this.emit('minimize');
  }

  isMinimized(): boolean {
    return this.#minimized;
  }

  restore(): void {
    if (this.#minimized) {
      this.#minimized = false;
      this.emit('restore');
    }
    this.focus();
  }

  maximize(): void {
    if (!this.#maximized) {
      this.#normalBounds = this.#bounds;
      this.#changeBounds(SCREEN);
      this.#maximized = true;
      this.emit('maximize');
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
      this.emit('unmaximize');
    }
    this.#changeBounds(bounds);
  }

  setTitle(title: string): void {
    this.#title = title;
  }

  getTitle(): string {
    return this.#title;
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

  destroy(): void {
    if (this.#destroyed) return;
    host.call('closeWindow', { windowId: this.id, force: true }).catch(() => undefined);
    this.pageGone();
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
    const closed = await host.call('closeWindow', { windowId: this.id, force: false });
    this.#closing = false;
    if (closed) this.pageGone();
    else windowEvents.emit('close-prevented');
  }

  #setFocused(focused: boolean): void {
    if (focused === this.#focused) return;
    this.#focused = focused;
    this.emit(focused ? 'focus' : 'blur');
  }

  #changeBounds(bounds: Partial<Bounds>): void {
    const before = this.#bounds;
    this.#bounds = { ...before, ...bounds };
    const { x, y, width, height } = this.#bounds;
    if (width !== before.width || height !== before.height) {
      host.call('resizeWindow', { windowId: this.id, width, height }).catch(() => undefined);
      this.emit('resize');
    }
    if (x !== before.x || y !== before.y) this.emit('move');
  }
}

type WindowApi = Pick<
  RealWindow,
  | 'close'
  | 'destroy'
  | 'focus'
  | 'getBounds'
  | 'getNormalBounds'
  | 'getTitle'
  | 'hide'
  | 'id'
  | 'isDestroyed'
  | 'isFocused'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'loadURL'
  | 'maximize'
  | 'minimize'
  | 'restore'
  | 'setBounds'
  | 'setProgressBar'
  | 'setTitle'
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
