// `app`: life and death of the application, in Electron's order, with its folders as on Linux under the home folder that
// the test gives.
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PreventableEvent, startOptions } from './host.ts';

type AppEvents = {
  'will-quit': [PreventableEvent];
  'window-all-closed': [];
  'second-instance': [PreventableEvent, string[], string];
};
type SecondInstance = { readonly argv: string[]; readonly workingDirectory: string };

class AppDouble extends EventEmitter<AppEvents> {
  readonly isPackaged = false;
  /** Chromium's command line; the tests have started it already. */
  readonly commandLine = { appendSwitch: (_name: string, _value?: string): void => undefined };
  readonly #ready = Promise.withResolvers<undefined>();
  #quitting = false;
  // Not Electron's: its window, and its utility processes.
  window: { close(): void } | null = null;
  readonly utilities = new Set<{ readonly serviceName: string; readonly pid: number | undefined }>();

  whenReady(): Promise<undefined> {
    return this.#ready.promise;
  }

  getPath(folder: 'home' | 'userData'): string {
    return folder === 'home' ? homedir() : join(process.env['XDG_CONFIG_HOME'] ?? homedir(), 'winnow');
  }

  getVersion(): string {
    return '0.0.0';
  }

  getLocale(): string {
    return startOptions.locale;
  }

  getAppMetrics(): { type: string; name: string; pid: number | undefined }[] {
    return [...this.utilities].map(({ serviceName, pid }) => ({ type: 'Utility', name: serviceName, pid }));
  }

  /**
   * One instance for a folder: a lock file names the process that holds it, and a later instance, which usually quits at once, leaves
   * its arguments beside it.
   */
  requestSingleInstanceLock(): boolean {
    const folder = this.getPath('userData');
    mkdirSync(folder, { recursive: true });
    const lock = join(folder, 'SingletonLock');
    if (existsSync(lock) && lives(Number(readFileSync(lock, 'utf8')))) {
      const path = join(folder, `SingletonCall-${process.pid}`);
      const second: SecondInstance = { argv: process.argv, workingDirectory: process.cwd() };
      writeFileSync(`${path}.part`, JSON.stringify(second));
      renameSync(`${path}.part`, path);
      return false;
    }
    writeFileSync(lock, `${process.pid}`);
    process.once('exit', () => rmSync(lock, { force: true }));
    watch(folder, { persistent: false }, (_event, file) => {
      const path = join(folder, file ?? '');
      if (!file || !/^SingletonCall-\d+$/.test(file) || !existsSync(path)) return;
      const { argv, workingDirectory } = JSON.parse(readFileSync(path, 'utf8')) as SecondInstance;
      rmSync(path);
      this.emit('second-instance', new PreventableEvent(), argv, workingDirectory);
    });
    return true;
  }

  enableSandbox(): void {}

  addRecentDocument(_path: string): void {}

  setAboutPanelOptions(_options: object): void {}

  quit(): void {
    this.#quitting = true;
    if (this.window) this.window.close();
    else this.#finish();
  }

  // What follows is not Electron's.

  becomeReady(): void {
    this.#ready.resolve(undefined);
  }

  windowClosed(): void {
    this.window = null;
    if (this.#quitting) this.#finish();
    else this.emit('window-all-closed');
  }

  /** Utility processes end with the channel to this one. */
  #finish(): void {
    const event = new PreventableEvent();
    this.emit('will-quit', event);
    this.#quitting = false;
    if (!event.defaultPrevented) process.exit(0);
  }
}

function lives(pid: number): boolean {
  try {
    return pid !== process.pid && process.kill(pid, 0);
  } catch {
    return false;
  }
}

export const app = new AppDouble();
