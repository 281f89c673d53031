// Compiles the native part for other machines into `prebuilt`: for the current system's own kind, and with cross compilers for others.
import { copyFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WinnowError } from '../electron/contract/errors.ts';
import { compile, hasTool, provideSource, withLock, type Progress } from './compile.ts';
import { lockedPackage, providePackage } from './locked-package.ts';
import {
  BUILD_DIR,
  isPrebuiltCurrent,
  NATIVE_DIR,
  prebuiltDir,
  sourceKeys,
  STOCK_SOURCE,
  type Stamp,
} from './places.ts';
import { builtFiles, PLATFORMS, thisPlatform, type Platform } from './platforms.ts';

/** Returns the folder for npm packages of other platforms, in the form of `node_modules`: it holds ggml's libraries for them. */
export function foreignModules(platform: string): string {
  return join(BUILD_DIR, 'packages', platform, 'node_modules');
}

/** Returns why a platform's part cannot be compiled here, and what would help; null: it can. */
export function obstacle({ name, cross }: Platform): string | null {
  if (name === thisPlatform()) return null;
  // Apple's compiler builds for both architectures
  if (name.startsWith('darwin-')) return process.platform === 'darwin' ? null : 'it takes a Mac';
  if (cross === null) return `there is no cross compiler for it; it takes a machine of its kind`;
  if (hasTool(cross.compiler)) return null;
  return `${cross.compiler} is missing. On Debian or Ubuntu: sudo apt-get install ${cross.debianPackage}`;
}

/** @throws WinnowError as `buildPrebuilt` */
function platformOf(name: string): Platform {
  const platform = PLATFORMS.find((known) => known.name === name);
  if (platform === undefined) {
    throw new WinnowError('USAGE', `There is no platform ${name}: ${PLATFORMS.map((known) => known.name).join(', ')}`);
  }
  const reason = obstacle(platform);
  if (reason !== null) throw new WinnowError('NATIVE_BUILD', `${name} cannot be compiled here: ${reason}`);
  return platform;
}

/**
 * Makes sure that `prebuilt/PLATFORM` is built from the current sources.
 * @param server whether llama.cpp's server is built, too
 * @throws WinnowError NATIVE_BUILD: it cannot be compiled here, or compiling failed; USAGE: there is no such platform
 */
export async function buildPrebuilt(name: string, onProgress: Progress, server = false): Promise<void> {
  const platform = platformOf(name);
  const isCurrent = (): boolean => isPrebuiltCurrent(name, server);
  if (isCurrent()) return;
  await withLock(onProgress, async () => {
    if (isCurrent()) return;
    // taken before compiling, so that edits made in the meantime do not count as built
    const stamp: Stamp = { sources: sourceKeys().all };
    await provideSource(false, onProgress);
    const out = await compileFor(platform, ['-DWINNOW_REFERENCE=OFF'], onProgress, server);
    const fresh = `${prebuiltDir(name)}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    for (const file of builtFiles(name, server)) copyFileSync(join(out, file), join(fresh, file));
    writeFileSync(join(fresh, 'stamp.json'), JSON.stringify(stamp));
    rmSync(prebuiltDir(name), { recursive: true, force: true });
    renameSync(fresh, prebuiltDir(name));
  });
}

/**
 * Compiles the unpatched programs that tests compare with, for another platform; for Windows only those that need
 * nothing of llama.cpp but its library.
 * @returns their folder
 * @throws WinnowError as `buildPrebuilt`
 */
export async function buildReferenceFor(name: string, onProgress: Progress): Promise<string> {
  const platform = platformOf(name);
  let out = '';
  await withLock(onProgress, async () => {
    await provideSource(true, onProgress);
    const reference = ['-DWINNOW_REFERENCE=ON', `-DLLAMA_STOCK_SOURCE=${STOCK_SOURCE}`];
    out = await compileFor(platform, reference, onProgress);
  });
  return join(out, 'reference');
}

/** @returns the folder that it was compiled in */
async function compileFor(
  platform: Platform,
  options: readonly string[],
  onProgress: Progress,
  server = false,
): Promise<string> {
  const ggml = `@node-llama-cpp/${platform.ggml}`;
  onProgress(`fetching ${ggml}`);
  const ggmlDir = join(await providePackage(lockedPackage(ggml), foreignModules(platform.name)), 'bins', platform.ggml);
  const out = join(BUILD_DIR, 'prebuilt', platform.name);
  await compile(out, [...optionsFor(platform), `-DGGML_BIN_DIR=${ggmlDir}`, ...options], onProgress, server);
  return out;
}

/** Returns CMake's options for code that is compiled here and runs elsewhere. */
function optionsFor({ name, ggml }: Platform): string[] {
  // relative to prebuilt/PLATFORM, in a checkout and in the released app alike
  const options = [`-DGGML_RUN_PATH=../../../node_modules/@node-llama-cpp/${ggml}/bins/${ggml}`];
  if (name.startsWith('darwin-')) {
    // ggml's libraries themselves require macOS 14
    const architecture = name === 'darwin-arm64' ? 'arm64' : 'x86_64';
    return [...options, `-DCMAKE_OSX_ARCHITECTURES=${architecture}`, '-DCMAKE_OSX_DEPLOYMENT_TARGET=14.0'];
  }
  if (name !== thisPlatform())
    options.push(`-DCMAKE_TOOLCHAIN_FILE=${join(NATIVE_DIR, 'toolchains', `${name}.cmake`)}`);
  return [...options, '-DCMAKE_MODULE_LINKER_FLAGS=-s', '-DCMAKE_SHARED_LINKER_FLAGS=-s'];
}

/**
 * Compiles for every platform that this machine can compile for.
 * @returns the other platforms, each with the obstacle
 */
export async function buildAllPrebuilt(
  onProgress: Progress,
  server = false,
): Promise<{ name: string; reason: string }[]> {
  const left: { name: string; reason: string }[] = [];
  for (const platform of PLATFORMS) {
    const reason = obstacle(platform);
    if (reason !== null) {
      left.push({ name: platform.name, reason });
      continue;
    }
    onProgress(`native part for ${platform.name}`);
    await buildPrebuilt(platform.name, onProgress, server);
  }
  return left;
}
