// Compiles the native part for other machines, into `prebuilt`: for this system's own kind, and by cross compilers for others.
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
import { filesOf, PLATFORMS, thisPlatform, type Platform } from './platforms.ts';

/** npm packages of other platforms, as in `node_modules`: ggml's libraries for them. */
export function foreignModules(platform: string): string {
  return join(BUILD_DIR, 'packages', platform, 'node_modules');
}

/** Why a platform's part cannot be compiled here, and what would help; null: it can. */
export function obstacle({ name, cross }: Platform): string | null {
  if (name === thisPlatform()) return null;
  // Apple's compiler makes both kinds
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
 * Makes sure that `prebuilt/PLATFORM` is of the sources as they are.
 * @throws WinnowError NATIVE_BUILD: it cannot be compiled here, or that failed; USAGE: there is no such platform
 */
export async function buildPrebuilt(name: string, onProgress: Progress): Promise<void> {
  const platform = platformOf(name);
  if (isPrebuiltCurrent(name)) return;
  await withLock(onProgress, async () => {
    if (isPrebuiltCurrent(name)) return;
    // before it is compiled: what is edited meanwhile is not in it
    const stamp: Stamp = { sources: sourceKeys().all };
    await provideSource(false, onProgress);
    const out = await compileFor(platform, ['-DWINNOW_REFERENCE=OFF'], onProgress);
    const fresh = `${prebuiltDir(name)}.new`;
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true });
    for (const file of filesOf(name)) copyFileSync(join(out, file), join(fresh, file));
    writeFileSync(join(fresh, 'stamp.json'), JSON.stringify(stamp));
    rmSync(prebuiltDir(name), { recursive: true, force: true });
    renameSync(fresh, prebuiltDir(name));
  });
}

/**
 * Compiles the unpatched programs that tests compare with, for another platform; on Windows those alone that need llama.cpp's
 * library and nothing else of it.
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
async function compileFor(platform: Platform, options: readonly string[], onProgress: Progress): Promise<string> {
  const ggml = `@node-llama-cpp/${platform.ggml}`;
  onProgress(`fetching ${ggml}`);
  const ggmlDir = join(await providePackage(lockedPackage(ggml), foreignModules(platform.name)), 'bins', platform.ggml);
  const out = join(BUILD_DIR, 'prebuilt', platform.name);
  await compile(out, [...optionsFor(platform), `-DGGML_BIN_DIR=${ggmlDir}`, ...options], onProgress);
  return out;
}

/** CMake's options for what is compiled here and runs elsewhere. */
function optionsFor({ name, ggml }: Platform): string[] {
  // as seen from prebuilt/PLATFORM, in a checkout as in the released app
  const options = [`-DGGML_RUN_PATH=../../../node_modules/@node-llama-cpp/${ggml}/bins/${ggml}`];
  if (name.startsWith('darwin-')) {
    // ggml's libraries ask for macOS 14 themselves
    const architecture = name === 'darwin-arm64' ? 'arm64' : 'x86_64';
    return [...options, `-DCMAKE_OSX_ARCHITECTURES=${architecture}`, '-DCMAKE_OSX_DEPLOYMENT_TARGET=14.0'];
  }
  if (name !== thisPlatform())
    options.push(`-DCMAKE_TOOLCHAIN_FILE=${join(NATIVE_DIR, 'toolchains', `${name}.cmake`)}`);
  return [...options, '-DCMAKE_MODULE_LINKER_FLAGS=-s', '-DCMAKE_SHARED_LINKER_FLAGS=-s'];
}

/**
 * Compiles for every platform that this machine can.
 * @returns the others, each with what is in the way
 */
export async function buildAllPrebuilt(onProgress: Progress): Promise<{ name: string; reason: string }[]> {
  const left: { name: string; reason: string }[] = [];
  for (const platform of PLATFORMS) {
    const reason = obstacle(platform);
    if (reason !== null) {
      left.push({ name: platform.name, reason });
      continue;
    }
    onProgress(`native part for ${platform.name}`);
    await buildPrebuilt(platform.name, onProgress);
  }
  return left;
}
