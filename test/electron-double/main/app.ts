// `app`: life and death of the application, in Electron's order.
import { EventEmitter } from 'node:events';
import type { App } from 'electron';
import { appPath, setAppPath } from './app-paths.ts';
import { appInfo } from './app-info.ts';
import { allWindows, windowEvents } from './browser-window.ts';
import { host, startOptions } from './host.ts';
import { PreventableEvent } from './preventable-event.ts';
import * as readiness from './readiness.ts';
import { takeSingleInstanceLock } from './single-instance.ts';
import { killUtilities } from './utility-process.ts';

type AppEvents = {
  ready: [];
  activate: [PreventableEvent, boolean];
  'before-quit': [PreventableEvent];
  'will-quit': [PreventableEvent];
  quit: [PreventableEvent, number];
  'window-all-closed': [];
  'open-file': [PreventableEvent, string];
  'second-instance': [PreventableEvent, string[], string, unknown];
};

class AppDouble extends EventEmitter<AppEvents> {
  readonly isPackaged = false;
  /** Of Chromium, which the tests have started already. */
  readonly commandLine = { appendSwitch: (_name: string, _value?: string): void => undefined };
  readonly recentDocuments: string[] = [];
  #quitting = false;
  #exiting = false;

  constructor() {
    super();
    windowEvents.on('all-closed', () => {
      this.#allClosed();
    });
    windowEvents.on('close-prevented', () => {
      this.#quitting = false;
    });
    windowEvents.on('quit-chosen', () => {
      this.quit();
    });
  }

  /** Called by run-main.ts once the main module has been evaluated. */
  becomeReady(): void {
    readiness.becomeReady();
    this.emit('ready');
  }

  whenReady(): Promise<void> {
    return readiness.whenReady;
  }

  getPath(name: Parameters<App['getPath']>[0]): string {
    return appPath(name);
  }

  setPath(name: string, path: string): void {
    setAppPath(name, path);
  }

  getName(): string {
    return appInfo.name;
  }

  getVersion(): string {
    return appInfo.version;
  }

  getLocale(): string {
    return readiness.isReady() ? startOptions.locale : '';
  }

  requestSingleInstanceLock(additionalData: Record<string, unknown> = {}): boolean {
    return takeSingleInstanceLock(appPath('userData'), additionalData, ({ argv, workingDirectory, data }) => {
      this.emit('second-instance', new PreventableEvent(), argv, workingDirectory, data);
    });
  }

  enableSandbox(): void {
    if (readiness.isReady()) throw new Error('app.enableSandbox() can only be called before app is ready');
  }

  addRecentDocument(path: string): void {
    this.recentDocuments.unshift(path);
  }

  clearRecentDocuments(): void {
    this.recentDocuments.length = 0;
  }

  setAppUserModelId(_id: string): void {
    // names the app to Windows' task bar; nothing to see elsewhere
  }

  setAboutPanelOptions(_options: object): void {
    // shown by the role `about`, a native panel
  }

  quit(): void {
    if (this.#quitting) return;
    const event = new PreventableEvent();
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    this.#quitting = true;
    const windows = allWindows();
    if (windows.length === 0) this.#finish();
    else for (const window of windows) window.close();
  }

  exit(exitCode = 0): void {
    this.#exiting = true;
    for (const window of allWindows()) window.destroy();
    this.#end(exitCode);
  }

  #allClosed(): void {
    if (this.#exiting) return;
    if (this.#quitting) this.#finish();
    else if (this.listenerCount('window-all-closed') > 0) this.emit('window-all-closed');
    else this.quit();
  }

  #finish(): void {
    const event = new PreventableEvent();
    this.emit('will-quit', event);
    if (event.defaultPrevented) this.#quitting = false;
    else this.#end(0);
  }

  #end(exitCode: number): void {
    this.emit('quit', new PreventableEvent(), exitCode);
    killUtilities();
    process.exit(exitCode);
  }
}

export const app = new AppDouble();

app satisfies Pick<
  App,
  | 'addRecentDocument'
  | 'clearRecentDocuments'
  | 'enableSandbox'
  | 'exit'
  | 'getLocale'
  | 'getName'
  | 'getPath'
  | 'getVersion'
  | 'isPackaged'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setAboutPanelOptions'
  | 'setAppUserModelId'
  | 'setPath'
  | 'whenReady'
>;

host.serve({
  quit: () => {
    app.quit();
  },
  openFile: ({ path }) => {
    app.emit('open-file', new PreventableEvent(), path);
  },
});
