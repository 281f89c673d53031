// `npm run package`: installers of the app for this platform, by electron-builder. Options are electron-builder's, such as
// `--dir` for the app without an installer.
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNative, progressLine } from '../native/build.ts';
import { neededVersions } from '../native/needed-versions.ts';
import { nativeFiles } from '../native/places.ts';
import { ggmlBinDir } from '../native/prebuilt.ts';
import { buildApp } from './build-app.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** The release of GCC, and so of Debian's libstdc++6, that each of these came with. */
const GCC_OF_GLIBCXX: Readonly<Record<string, number>> = {
  '3.4.29': 11,
  '3.4.30': 12,
  '3.4.31': 13,
  '3.4.32': 13,
  '3.4.33': 14,
};

/** Where electron-builder takes the native part from: what this checkout would load, wherever that was compiled. */
const NATIVE = join(ROOT, 'dist/native');

function stageNative(): void {
  rmSync(NATIVE, { recursive: true, force: true });
  mkdirSync(NATIVE, { recursive: true });
  const from = dirname(nativeFiles().addon);
  for (const name of globSync('*.{node,so,dll,dylib}', { cwd: from })) {
    copyFileSync(join(from, name), join(NATIVE, basename(name)));
  }
}

/** What a Debian system must have for native code that was compiled here, beside what electron-builder.yml lists. */
function debianDependencies(): readonly string[] {
  const { glibc, glibcxx } = neededVersions([
    ...globSync(join(NATIVE, '*')),
    ...globSync(join(ggmlBinDir(), '*.{node,so}')),
  ]);
  const release = GCC_OF_GLIBCXX[glibcxx.join('.')];
  if (release === undefined) throw new Error(`Which Debian package has GLIBCXX_${glibcxx.join('.')} is not known.`);
  return [`libc6 (>= ${glibc.join('.')})`, `libstdc++6 (>= ${release})`];
}

/**
 * Runs electron-builder on what is built.
 * @throws Error if it fails
 */
export function runElectronBuilder(options: readonly string[]): void {
  stageNative();
  const depends =
    process.platform === 'linux'
      ? debianDependencies().flatMap((one) => ['-c.deb.fpm=--depends', `-c.deb.fpm=${one}`])
      : [];
  const builder = fileURLToPath(import.meta.resolve('electron-builder/cli.js'));
  execFileSync(process.execPath, [builder, '--publish', 'never', ...depends, ...options], {
    cwd: ROOT,
    stdio: 'inherit',
  });
}

if (import.meta.main) {
  await ensureNative({ onProgress: progressLine(process.stderr) });
  buildApp();
  runElectronBuilder(process.argv.slice(2));
}
