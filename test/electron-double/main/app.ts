// `app`: life and death of the application, in Electron's order; its name, version and folders, of the package.json nearest to its
// main module, as `electron .` takes them, and laid out as on Linux under the home folder that the test gives.
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { App } from 'electron';
import { host, startOptions } from './host.ts';
import { isReady, life, PreventableEvent, whenReady } from './life.ts';
import { killUtilities } from './utility-process.ts';
import { allWindows } from './window.ts';

type AppPackage = { readonly name?: string; readonly productName?: string; readonly version?: string };

const packagePath = findPackageJSON(pathToFileURL(startOptions.main));
const { name, productName, version } = (
  packagePath === undefined ? {} : JSON.parse(readFileSync(packagePath, 'utf8'))
) as AppPackage;

type AppEvents = {
  'will-quit': [PreventableEvent];
  'window-all-closed': [];
  'open-file': [PreventableEvent, string];
  'second-instance': [PreventableEvent, string[], string];
};
type SecondInstance = { readonly argv: string[]; readonly workingDirectory: string };

class AppDouble extends EventEmitter<AppEvents> {
  readonly isPackaged = false;
  /** Chromium's command line; the tests have started it already. */
  readonly commandLine = { appendSwitch: (_name: string, _value?: string): void => undefined };
  readonly recentDocuments: string[] = [];
  #quitting = false;

  constructor() {
    super();
    life.on('all-closed', () => {
      if (this.#quitting) this.#finish();
      else if (!this.emit('window-all-closed')) this.quit();
    });
    life.on('close-prevented', () => (this.#quitting = false));
    life.on('quit-chosen', () => this.quit());
  }

  whenReady(): Promise<void> {
    return whenReady;
  }

  /** @throws Error for any other folder than the app's own and the user's */
  getPath(folder: Parameters<App['getPath']>[0]): string {
    if (folder === 'home') return homedir();
    if (folder !== 'userData') throw new Error(`The double of Electron does not know the folder ${folder}.`);
    return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), productName ?? name ?? 'Electron');
  }

  getVersion(): string {
    return version ?? '0.0.0';
  }

  getLocale(): string {
    return isReady() ? startOptions.locale : '';
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

  enableSandbox(): void {
    if (isReady()) throw new Error('app.enableSandbox() can only be called before app is ready');
  }

  addRecentDocument(path: string): void {
    this.recentDocuments.unshift(path);
  }

  /** Shown by the role `about`, a native panel. */
  setAboutPanelOptions(_options: object): void {}

  quit(): void {
    if (this.#quitting) return;
    this.#quitting = true;
    const windows = allWindows();
    if (windows.length === 0) this.#finish();
    for (const window of windows) window.close();
  }

  #finish(): void {
    const event = new PreventableEvent();
    this.emit('will-quit', event);
    this.#quitting = false;
    if (event.defaultPrevented) return;
    killUtilities();
    process.exit(0);
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
  quit: () => app.quit(),
  openFile: ({ path }) => void app.emit('open-file', new PreventableEvent(), path),
});
