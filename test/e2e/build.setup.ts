// The page and the preload script as the app loads them, before the specs that start the app.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from '@playwright/test';
import { build } from 'vite';
import { onElectron } from './launch.ts';
import { buildApp } from '../../electron/build-app.ts';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const BUILDS = [
  { config: 'vite.config.ts', result: 'dist/renderer/index.html', sources: ['renderer', 'electron/contract'] },
  {
    config: 'vite.preload.config.ts',
    result: 'dist/preload/preload.cjs',
    sources: ['electron/preload', 'electron/contract'],
  },
] as const;

/** When anything in a file or folder was changed last; a folder changes when something in it comes or goes. */
function changedMs(path: string): number {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info?.isDirectory()) return info?.mtimeMs ?? 0;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => changedMs(join(path, name))));
}

function isBuilt({ config, result, sources }: (typeof BUILDS)[number]): boolean {
  const newest = Math.max(...[config, 'package-lock.json', ...sources].map((path) => changedMs(root(path))));
  return changedMs(root(result)) > newest;
}

test('build', async () => {
  test.setTimeout(180_000);
  if (onElectron) buildApp();
  else {
    for (const one of BUILDS) {
      // `npm test` has built the page already
      if (!isBuilt(one)) await build({ configFile: root(one.config), logLevel: 'warn' });
    }
  }
});
