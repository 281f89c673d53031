// Builds the app into dist/: the page, the preload script, and the processes' TypeScript as JavaScript in the same
// layout as in the checkout, with links to what they find by their place.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nativeFiles, prebuiltDir } from '../native/places.ts';
import { thisPlatform } from '../native/platforms.ts';
import { writeTextValues } from './text-values.ts';

const ROOT = join(import.meta.dirname, '..');
export const APP = join(ROOT, 'dist', 'app');

/** Places that modules reach relative to themselves. */
const LINKED = ['resources', 'dist/renderer', 'dist/preload'];

function node(script: string, ...args: string[]): void {
  execFileSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], { cwd: ROOT, stdio: 'inherit' });
}

/** @throws when a part does not build */
export function buildApp(): void {
  node('vite/bin/vite.js', 'build', '--logLevel', 'warn');
  node('vite/bin/vite.js', 'build', '--logLevel', 'warn', '--config', 'vite.preload.config.ts');
  buildProcesses();
}

/**
 * The app's processes alone, where page and preload script are built already.
 * @throws when they do not compile
 */
export function buildProcesses(): void {
  rmSync(APP, { recursive: true, force: true });
  writeTextValues();
  node('typescript/bin/tsc', '-p', 'tsconfig.app.json');
  const isPrebuilt = dirname(nativeFiles().addon) === prebuiltDir(thisPlatform());
  for (const path of [...LINKED, isPrebuilt ? 'native/prebuilt' : 'native/build']) {
    mkdirSync(join(APP, path, '..'), { recursive: true });
    symlinkSync(join(ROOT, path), join(APP, path), 'junction');
  }
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(APP, 'package.json'), JSON.stringify({ ...manifest, main: 'electron/main/main.js' }, null, 2));
}

if (import.meta.main) buildApp();
