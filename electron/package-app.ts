// `npm run package`: installers of the app by electron-builder, for this platform, or with `--platform win-x64` for another
// whose native part can be compiled here. Other options are electron-builder's, such as `--dir` for the app without an
// installer.
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPrebuilt, foreignModules } from '../native/build-prebuilt.ts';
import { ensureNative, progressLine } from '../native/build.ts';
import { neededVersions } from '../native/needed-versions.ts';
import { lockedPackage, providePackage } from '../native/locked-package.ts';
import { nativeFiles, prebuiltDir } from '../native/places.ts';
import { PLATFORMS, thisPlatform } from '../native/platforms.ts';
import { ggmlBinDir } from '../native/prebuilt.ts';
import { buildApp } from './build-app.ts';
import { windowsIcon } from './windows-icon.ts';

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

/** What electron-builder is told beside electron-builder.yml: what depends on native code and on the platform. */
const CONFIGURATION = join(ROOT, 'dist/electron-builder.json');

/** Made of the pictures for Linux: all that Windows shows, none larger than an icon can be. */
const WINDOWS_ICON = join(ROOT, 'dist/icon.ico');
const ICON_SIZES = [16, 24, 32, 48, 64, 128, 256];

const FOREIGN_FILES = ['@node-llama-cpp/*/**', '!**/*.{ts,map,md,lib}'];

const SYSTEMS: Readonly<Record<string, string>> = { linux: '--linux', win: '--win', darwin: '--mac' };

/** @param folder of the native part */
function stageNative(folder: string): void {
  rmSync(NATIVE, { recursive: true, force: true });
  mkdirSync(NATIVE, { recursive: true });
  for (const name of globSync('*.{node,so,dll,dylib}', { cwd: folder })) {
    copyFileSync(join(folder, name), join(NATIVE, basename(name)));
  }
}

/**
 * What a Debian system must have for native code that was compiled here, beside what electron-builder.yml lists.
 * @param ggml the folder of its libraries
 */
function debianDependencies(ggml: string): readonly string[] {
  const { glibc, glibcxx } = neededVersions([...globSync(join(NATIVE, '*')), ...globSync(join(ggml, '*.{node,so}'))]);
  const release = GCC_OF_GLIBCXX[glibcxx.join('.')];
  if (release === undefined) throw new Error(`Which Debian package has GLIBCXX_${glibcxx.join('.')} is not known.`);
  return [`libc6 (>= ${glibc.join('.')})`, `libstdc++6 (>= ${release})`];
}

/**
 * Makes sure of the programs that packages of another platform hold.
 * @throws WinnowError as `buildPrebuilt` and `providePackage`
 */
export async function provideForeign(platform: string): Promise<void> {
  await buildPrebuilt(platform, progressLine(process.stderr), true);
  await providePackage(lockedPackage(ggmlPackage(platform)), foreignModules(platform));
}

function ggmlPackage(platform: string): string {
  return `@node-llama-cpp/${PLATFORMS.find(({ name }) => name === platform)?.ggml ?? platform}`;
}

/**
 * Runs electron-builder on what is built.
 * @param platform whose programs are there: as `provideForeign` does for another one than this
 * @throws Error if it fails
 */
export function runElectronBuilder(options: readonly string[], platform = thisPlatform()): void {
  const isForeign = platform !== thisPlatform();
  stageNative(isForeign ? prebuiltDir(platform) : dirname(nativeFiles().addon));
  const packageName = ggmlPackage(platform);
  const ggml = isForeign ? join(foreignModules(platform), packageName, 'bins', basename(packageName)) : ggmlBinDir();
  // npm installs no programs of other systems here
  const files = [{ from: relative(ROOT, foreignModules(platform)), to: 'node_modules', filter: FOREIGN_FILES }];
  const fpm = platform.startsWith('linux-') ? debianDependencies(ggml).flatMap((one) => ['--depends', one]) : [];
  const pictures = ICON_SIZES.map((size) => readFileSync(join(ROOT, `resources/icons/linux/${size}x${size}.png`)));
  writeFileSync(WINDOWS_ICON, windowsIcon(pictures));
  const own = { deb: { fpm }, win: { icon: WINDOWS_ICON } };
  const configuration = { extends: join(ROOT, 'electron-builder.yml'), ...own, ...(isForeign && { files }) };
  writeFileSync(CONFIGURATION, JSON.stringify(configuration));
  const [system = '', architecture = ''] = platform.split('-');
  const target = isForeign ? [SYSTEMS[system] ?? '', `--${architecture}`] : [];
  const builder = fileURLToPath(import.meta.resolve('electron-builder/cli.js'));
  execFileSync(process.execPath, [builder, '--publish', 'never', '--config', CONFIGURATION, ...target, ...options], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, WINNOW_PACKAGED_FOR: platform.replace(/^win-/, 'win32-') },
  });
}

if (import.meta.main) {
  const [first, named = '', ...rest] = process.argv.slice(2);
  const platform = first === '--platform' ? named : thisPlatform();
  await ensureNative({ server: true, onProgress: progressLine(process.stderr) });
  if (platform !== thisPlatform()) await provideForeign(platform);
  buildApp();
  runElectronBuilder(first === '--platform' ? rest : process.argv.slice(2), platform);
}
