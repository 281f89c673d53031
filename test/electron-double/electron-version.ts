// What Electron adds to `process`, taken from the version whose types the double is checked against.
import { createRequire } from 'node:module';

type PackageJson = { readonly version: string };

export const ELECTRON_VERSION = (createRequire(import.meta.url)('electron/package.json') as PackageJson).version;

/** Sets `process.type` and `process.versions.electron`. */
export function describeProcess(type: 'browser' | 'utility'): void {
  Object.defineProperty(process, 'type', { value: type, enumerable: true });
  Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
  Object.defineProperty(process, 'versions', {
    value: Object.freeze({ ...process.versions, electron: ELECTRON_VERSION }),
    enumerable: true,
  });
}
