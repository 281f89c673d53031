// The app's name, version and folders: of the package.json nearest to its main module, as `electron .` takes them, and
// laid out as on Linux, under the home folder that the test gives.
import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startOptions } from './host.ts';

type AppPackage = { readonly name?: string; readonly productName?: string; readonly version?: string };

function readAppPackage(): AppPackage {
  const path = findPackageJSON(pathToFileURL(startOptions.main));
  return path === undefined ? {} : (JSON.parse(readFileSync(path, 'utf8')) as AppPackage);
}

const { name, productName, version } = readAppPackage();

export const appVersion = version ?? '0.0.0';

/** @throws Error for any other folder than the app's own and the user's */
export function appPath(folder: string): string {
  if (folder === 'home') return homedir();
  if (folder !== 'userData') throw new Error(`The double of Electron does not know the folder ${folder}.`);
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), productName ?? name ?? 'Electron');
}
