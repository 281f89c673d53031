// The app's name and version: of the package.json nearest to its main module, as `electron .` takes them.
import { findPackageJSON } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { startOptions } from './host.ts';

type AppPackage = { readonly name?: string; readonly productName?: string; readonly version?: string };

function readAppPackage(): AppPackage {
  const path = findPackageJSON(pathToFileURL(startOptions.main));
  return path === undefined ? {} : (JSON.parse(readFileSync(path, 'utf8')) as AppPackage);
}

const { name, productName, version } = readAppPackage();

export const appInfo = { name: productName ?? name ?? 'Electron', version: version ?? '0.0.0' };
