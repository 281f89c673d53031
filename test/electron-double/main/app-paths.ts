// Folders by name, laid out as on Linux, under the home folder that the test gives.
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { appInfo } from './app-info.ts';
import { startOptions } from './host.ts';

const set = new Map<string, string>();

function defaultPath(name: string): string | undefined {
  const home = homedir();
  switch (name) {
    case 'home':
      return home;
    case 'appData':
      return process.env['XDG_CONFIG_HOME'] ?? join(home, '.config');
    case 'userData':
      return join(appPath('appData'), appInfo.name);
    case 'sessionData':
      return appPath('userData');
    case 'logs':
      return join(appPath('userData'), 'logs');
    case 'crashDumps':
      return join(appPath('userData'), 'Crashpad');
    case 'temp':
      return tmpdir();
    case 'exe':
      return process.execPath;
    case 'module':
      return startOptions.main;
    case 'desktop':
    case 'documents':
    case 'downloads':
    case 'music':
    case 'pictures':
    case 'videos':
      return join(home, name[0]!.toUpperCase() + name.slice(1));
    default:
      return undefined;
  }
}

/** @throws Error for a name that Electron does not know */
export function appPath(name: string): string {
  const path = set.get(name) ?? defaultPath(name);
  if (path === undefined) throw new Error(`Failed to get '${name}' path`);
  return path;
}

/** @throws Error for an unknown name, a relative path, or a folder that does not exist */
export function setAppPath(name: string, path: string): void {
  if (!isAbsolute(path)) throw new Error('Path must be absolute');
  if (defaultPath(name) === undefined || !existsSync(path)) throw new Error('Failed to set path');
  set.set(name, path);
}
