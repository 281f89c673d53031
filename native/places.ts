// Where the native part is, what it is made from, and which one is loaded: one that was compiled in this checkout, or
// one that was compiled elsewhere and put into `prebuilt`. A released app ships one, without sources.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filesOf, builtFiles, SERVER_ADDON, thisPlatform } from './platforms.ts';
import { ggmlBinDir, llamaSource, unpacked } from './prebuilt.ts';

export const NATIVE_DIR = dirname(fileURLToPath(import.meta.url));
export const BUILD_DIR = join(NATIVE_DIR, 'build');
/** The result of compiling for this machine. */
export const OUT_DIR = unpacked(join(BUILD_DIR, 'out'));
/** Written last, so that an interrupted build does not count. */
export const STAMP = join(BUILD_DIR, 'stamp.json');
/** llama.cpp's original source, for the reference programs of tests and bench. */
export const STOCK_SOURCE = join(BUILD_DIR, 'llama.cpp-stock');
/** The unpatched llama.cpp programs that tests and bench compare with. */
export const REFERENCE_DIR = join(OUT_DIR, 'reference');

const OWN_SOURCES = [
  'src',
  'moe',
  'quantise',
  'windows',
  'server',
  'toolchains',
  'CMakeLists.txt',
  'llama-library.cmake',
  'linux-glibc.h',
];

/** @returns a hash of files and folders, the same in every place and on every system */
function hashOf(paths: readonly string[]): string {
  // loaded only here: a worker that starts does not need it
  const { createHash } = process.getBuiltinModule('node:crypto');
  const hash = createHash('sha256');
  for (const path of paths) {
    const names = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: 'utf8' }) : [''];
    const named = names.map((name) => [name.replaceAll('\\', '/'), join(path, name)] as const);
    for (const [name, file] of named.sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!statSync(file).isFile()) continue;
      hash
        .update(`${path.slice(dirname(path).length + 1)}/${name}\0`)
        .update(readFileSync(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

/** Returns keys of llama.cpp's source with our patches, and of everything that the native part is made from; independent of paths. */
export function sourceKeys(): { llama: string; all: string } {
  const { bundle, tag, release } = llamaSource();
  const llama = `${tag}:${statSync(bundle).size}:${hashOf([join(NATIVE_DIR, 'patches')])}`;
  const own = hashOf(OWN_SOURCES.map((name) => join(NATIVE_DIR, name)));
  return { llama, all: `${llama}:${release}:${own}` };
}

/** Returns the key of what is compiled for this machine, which depends on where its libraries are. */
export function addonKey(): string {
  return `${sourceKeys().all}:${ggmlBinDir()}:${thisPlatform()}`;
}

/** Returns the key of the unpatched programs beside it. */
export function referenceKey(): string {
  return `${addonKey()}:${hashOf([join(NATIVE_DIR, '..', 'test', 'native')])}`;
}

/** The keys in `build/stamp.json`; that of a prebuilt part has only `sources`. `server`: the addon that the server was built with. */
export type Stamp = { llama?: string; addon?: string; server?: string; reference?: string; sources?: string };

/** Returns the stamp of a build; empty if there is none. */
export function readStamp(file = STAMP): Stamp {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Stamp;
  } catch {
    return {};
  }
}

/** Returns the folder of the part that was compiled for a platform by `npm run build:native -- --platform`. */
export function prebuiltDir(platform: string): string {
  return unpacked(join(NATIVE_DIR, 'prebuilt', platform));
}

/** Whether this is a checkout: a released app has no sources. */
export function hasSources(): boolean {
  return existsSync(join(NATIVE_DIR, 'patches'));
}

function holds(folder: string, platform: string, server: boolean): boolean {
  return builtFiles(platform, server).every((name) => existsSync(join(folder, name)));
}

/** Whether a prebuilt part is built from the current sources, if asked with llama.cpp's server. */
export function isPrebuiltCurrent(platform = thisPlatform(), server = false): boolean {
  const folder = prebuiltDir(platform);
  return readStamp(join(folder, 'stamp.json')).sources === sourceKeys().all && holds(folder, platform, server);
}

/** Whether the same holds for what is compiled for this machine. */
export function isBuildCurrent(server = false): boolean {
  const stamp = readStamp();
  const key = addonKey();
  return stamp.addon === key && (!server || stamp.server === key) && holds(OUT_DIR, thisPlatform(), server);
}

/** The folder that native code is loaded from. */
function partDir(): string {
  const folder = prebuiltDir(thisPlatform());
  if (!existsSync(join(folder, 'stamp.json'))) return OUT_DIR;
  if (!hasSources()) return folder;
  return !isBuildCurrent() && isPrebuiltCurrent() ? folder : OUT_DIR;
}

/**
 * Returns the paths of the addon, of ggml's RPC backend, through which machines lend each other memory, and of
 * llama.cpp's server, if it is built.
 */
export function nativeFiles(): { addon: string; rpcBackend: string; server: string } {
  const folder = partDir();
  const [addon, rpcBackend] = filesOf(thisPlatform());
  return { addon: join(folder, addon), rpcBackend: join(folder, rpcBackend), server: join(folder, SERVER_ADDON) };
}
