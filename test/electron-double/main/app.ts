// `app`: life and death of the application, in Electron's order.
import { EventEmitter } from 'node:events';
import type { App } from 'electron';
import { appPath, appVersion } from './app-paths.ts';
import { allWindows, windowEvents } from './browser-window.ts';
import { host, startOptions } from './host.ts';
import { PreventableEvent } from './preventable-event.ts';
import * as readiness from './readiness.ts';
import { takeSingleInstanceLock } from './single-instance.ts';
import { killUtilities } from './utility-process.ts';

type AppEvents = {
  'will-quit': [PreventableEvent];
  'window-all-closed': [];
  'open-file': [PreventableEvent, string];
  'second-instance': [PreventableEvent, string[], string, unknown];
};

class AppDouble extends EventEmitter<AppEvents> {
  readonly isPackaged = false;
  /** Chromium's command line; the tests have started it already. */
  readonly commandLine = { appendSwitch: (_name: string, _value?: string): void => undefined };
  readonly recentDocuments: string[] = [];
  #quitting = false;

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
  }

  whenReady(): Promise<void> {
    return readiness.whenReady;
  }

  getPath(name: Parameters<App['getPath']>[0]): string {
    return appPath(name);
  }

  getVersion(): string {
    return appVersion;
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

  setAboutPanelOptions(_options: object): void {
    // shown by the role `about`, a native panel
  }

  quit(): void {
    if (this.#quitting) return;
    this.#quitting = true;
    const windows = allWindows();
    if (windows.length === 0) this.#finish();
    else for (const window of windows) window.close();
  }

  #allClosed(): void {
    if (this.#quitting) this.#finish();
    else if (this.listenerCount('window-all-closed') > 0) this.emit('window-all-closed');
    else this.quit();
  }

  #finish(): void {
    const event = new PreventableEvent();
    this.emit('will-quit', event);
    if (event.defaultPrevented) this.#quitting = false;
    else end();
  }
}

function end(): never {
  killUtilities();
  process.exit(0);
}

export const app = new AppDouble();

app satisfies Pick<
  App,
  | 'addRecentDocument'
  | 'enableSandbox'
  | 'getLocale'
  | 'getPath'
  | 'getVersion'
  | 'isPackaged'
  | 'quit'
  | 'requestSingleInstanceLock'
  | 'setAboutPanelOptions'
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
