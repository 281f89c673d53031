// The page and the preload script as the app loads them: built where something that they are made of is newer.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

const BUILDS = {
  page: { config: 'vite.config.ts', result: 'dist/renderer/served.html', sources: ['renderer', 'electron/contract'] },
  preload: {
    config: 'vite.preload.config.ts',
    result: 'dist/preload/preload.cjs',
    sources: ['electron/preload', 'electron/contract'],
  },
} as const;

/** When anything in a file or folder was changed last; a folder changes when something in it comes or goes. */
function changedMs(path: string): number {
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info?.isDirectory()) return info?.mtimeMs ?? 0;
  return Math.max(info.mtimeMs, ...readdirSync(path).map((name) => changedMs(join(path, name))));
}

export async function ensureBuilt(part: keyof typeof BUILDS): Promise<void> {
  const { config, result, sources } = BUILDS[part];
  const newest = Math.max(...[config, 'package-lock.json', ...sources].map((path) => changedMs(join(ROOT, path))));
  if (changedMs(join(ROOT, result)) > newest) return;
  const { build } = await import('vite');
  await build({ configFile: join(ROOT, config), logLevel: 'warn' });
}

/** For the test runner. */
export async function setup(): Promise<void> {
  await ensureBuilt('page');
}
