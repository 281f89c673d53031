// Where node-llama-cpp keeps what Winnow uses: prebuilt ggml with its backends, and llama.cpp's source.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLATFORMS, thisPlatform } from './platforms.ts';

const require = createRequire(import.meta.url);

/**
 * Returns where the system finds a file: the released app is packed into an archive that only Node can read, and files
 * that native code opens are unpacked beside it.
 */
export function unpacked(path: string): string {
  return path.replace(/\bapp\.asar(?=[/\\])/, 'app.asar.unpacked');
}

export type GpuKind = 'cuda' | 'metal' | 'vulkan';

/** The platform package of node-llama-cpp for this machine, e.g. "linux-x64" or "mac-arm64-metal". */
function cpuPackage(): string {
  const name = thisPlatform();
  // ggml exists for more systems than Winnow's native part can be cross-compiled for
  return PLATFORMS.find((platform) => platform.name === name)?.ggml ?? name.replace(/-arm$/, '-armv7l');
}

function packageRoot(name: string): string | null {
  const searched = require.resolve.paths(name) ?? [];
  return (
    searched.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, 'package.json'))) ?? null
  );
}

function binDir(platformPackage: string): string | null {
  const root = packageRoot(`@node-llama-cpp/${platformPackage}`);
  const dir = root && unpacked(join(root, 'bins', platformPackage));
  return dir && existsSync(dir) ? dir : null;
}

/**
 * The folder with libggml, libggml-base and the CPU backends.
 * @throws if node-llama-cpp has no build for this platform
 */
export function ggmlBinDir(): string {
  const dir = binDir(cpuPackage());
  if (!dir) {
    throw new Error(
      `node-llama-cpp ships no prebuilt ggml for ${process.platform}-${process.arch}; ` +
        'run npm install without --omit=optional',
    );
  }
  return dir;
}

/**
 * Returns where `npm run build:native -- --cpu` puts ggml's CPU backend for exactly this processor: one of an older
 * release is not found.
 */
export function ownCpuBackendDir(): string {
  return fileURLToPath(new URL(`build/cpu-${llamaSource().tag}`, import.meta.url));
}

/** Returns the file of a prebuilt variant of the CPU backend. */
export function cpuVariant(name: string): string {
  return join(ggmlBinDir(), process.platform === 'win32' ? `ggml-cpu-${name}.dll` : `libggml-cpu-${name}.so`);
}

/** The best variant for a processor with AMX that does not use it. */
export const WITHOUT_AMX = 'zen4';

/**
 * Returns the CPU backend that the environment variable WINNOW_CPU_BACKEND asks for: a prebuilt variant by its name
 * ("haswell"), the one compiled for this processor ("native"), or any of the same ggml by its path. macOS has one CPU
 * backend, with Metal beside it, and so no choice. null: the best prebuilt one that this processor can run, but none with AMX.
 */
export function chosenCpuBackend(wanted = process.env.WINNOW_CPU_BACKEND): string | null {
  if (wanted === undefined || wanted === '') return null;
  if (/[/\\]/.test(wanted)) return resolve(wanted);
  if (wanted === 'native') return join(ownCpuBackendDir(), 'libggml-cpu.so');
  return cpuVariant(wanted);
}

/** Returns SQLite's native code: a specially compiled one, otherwise the one from its package. */
export function sqliteFile(): string {
  const root = packageRoot('better-sqlite3');
  if (!root) throw new Error('better-sqlite3 is not installed: run npm install');
  const compiled = ['Debug', 'Release'].map((kind) => join(root, 'build', kind, 'better_sqlite3.node'));
  const file = compiled.find((path) => existsSync(path));
  return unpacked(file ?? join(root, 'prebuilds', `${process.platform}-${process.arch}.node`));
}

/** Returns the files of the GPU backends that are installed beside the CPU package. Metal is part of the macOS package. */
export function gpuBackendFiles(): { kind: GpuKind; path: string }[] {
  const found: { kind: GpuKind; path: string }[] = [];
  for (const kind of ['cuda', 'vulkan'] as const) {
    const dir = binDir(`${cpuPackage()}-${kind}`);
    const file = dir && readdirSync(dir).find((name) => new RegExp(`^(lib)?ggml-${kind}\\.(so|dll)$`).test(name));
    if (dir && file) found.push({ kind, path: join(dir, file) });
  }
  return found;
}

/** Returns llama.cpp's source as packed by node-llama-cpp: a git bundle and the release in it, and node-llama-cpp's own release. */
export function llamaSource(): { bundle: string; tag: string; release: string } {
  const root = packageRoot('node-llama-cpp');
  if (!root) throw new Error('node-llama-cpp is not installed: run npm install');
  const info = JSON.parse(readFileSync(join(root, 'llama', 'llama.cpp.info.json'), 'utf8')) as { tag: string };
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { bundle: join(root, 'llama', 'gitRelease.bundle'), tag: info.tag, release: version };
}

/** Returns the include folder of an npm package with C headers. */
export function includeDir(name: 'node-addon-api' | 'node-api-headers'): string {
  const root = packageRoot(name);
  if (!root) throw new Error(`${name} is not installed: run npm install`);
  return name === 'node-api-headers' ? join(root, 'include') : dirname(require.resolve('node-addon-api/package.json'));
}
