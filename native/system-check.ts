// Whether this system has what native code needs, asked before any is loaded; and what it means when loading fails all
// the same. The window and the command line say it in the same sentence.
import { existsSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { WinnowError } from '../electron/contract/errors.ts';
import { say, type Sentence } from '../electron/contract/sentences.ts';
import { compareVersions, neededVersions } from './needed-versions.ts';
import { importedLibraries } from './pe-imports.ts';

/** What ggml's libraries for macOS are built for; Darwin is nine releases ahead of it. */
const LEAST_MACOS = 14;
const DARWIN_AHEAD = 9;

/** The Microsoft Visual C++ runtime, which ggml's libraries for Windows are linked to. */
const VC_RUNTIME = ['msvcp140.dll', 'vcruntime140.dll', 'vcruntime140_1.dll'];

export type System = {
  readonly platform: NodeJS.Platform;
  /** Its C library, such as "2.36"; null: another one than glibc. */
  readonly glibc: string | null;
  /** The kernel's version, such as "23.1.0". */
  readonly kernel: string;
  /** Folders in which Windows looks for libraries. */
  readonly libraryFolders: readonly string[];
};

function thisSystem(folders: readonly string[]): System {
  const { env, execPath, platform } = process;
  return {
    platform,
    glibc: platform === 'linux' ? glibcVersion() : null,
    kernel: release(),
    libraryFolders: [join(env['SystemRoot'] ?? 'C:\\Windows', 'System32'), dirname(execPath), ...folders],
  };
}

function glibcVersion(): string | null {
  // or it asks all names of all connections
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime ?? null;
}

/** Whether the other C library is there: a process that cannot tell its glibc is not kept from loading. */
function hasMusl(): boolean {
  return existsSync('/lib') && readdirSync('/lib').some((name) => name.startsWith('ld-musl'));
}

/**
 * What is missing for native code, in one sentence; null: nothing that can be told before it is loaded.
 * @param files that are to be loaded; those that are not there are passed over
 */
export function systemProblem(system: System, files: readonly string[]): Sentence | null {
  switch (system.platform) {
    case 'linux': {
      if (system.glibc === null) return say('systemNotGlibc');
      const { glibc: needed } = neededVersions(files.filter((file) => existsSync(file)));
      if (compareVersions(system.glibc.split('.').map(Number), needed) >= 0) return null;
      return say('systemGlibcOld', { found: system.glibc, needed: needed.join('.') });
    }
    case 'darwin': {
      const found = Number.parseInt(system.kernel, 10) - DARWIN_AHEAD;
      return found >= LEAST_MACOS ? null : say('systemMacosOld', { found, needed: LEAST_MACOS });
    }
    case 'win32': {
      const missing = VC_RUNTIME.filter(
        (name) => !system.libraryFolders.some((folder) => existsSync(join(folder, name))),
      );
      return missing.length === 0 ? null : say('systemNoVcRuntime', { files: missing.join(', ') });
    }
    default:
      return null;
  }
}

let found: Sentence | null | undefined;

/**
 * To be called before anything native is loaded; looks once in a process.
 * @param files of native code that is to be loaded
 * @param folders of the libraries that it is linked to
 * @throws WinnowError NATIVE_LOAD that says what is missing
 */
export function requireSystem(files: readonly string[], folders: readonly string[]): void {
  if (found === undefined) {
    const system = thisSystem(folders);
    const isUnknown = system.platform === 'linux' && system.glibc === null && !hasMusl();
    found = isUnknown ? null : systemProblem(system, files);
  }
  if (found !== null) throw new WinnowError('NATIVE_LOAD', found);
}

/** Libraries that come with something else than the system, and what that is. */
const SOURCES = [
  { library: /^(libcuda\.so|nvcuda\.dll)/i, words: 'noNvidiaDriver' },
  { library: /^(libcudart|libcublas|libcublasLt)\.so|^(cudart|cublas)/i, words: 'noCuda' },
  { library: /^(libvulkan\.so|vulkan-1\.dll)/i, words: 'noVulkan' },
] as const;

function missingLibrary(path: string): Sentence {
  const library = basename(path);
  const known = SOURCES.find((source) => source.library.test(library));
  return say(known?.words ?? 'libraryMissing', { library });
}

/**
 * What the system's loader says, as one sentence that names what is missing; null: something else.
 * @param message of glibc's, musl's or macOS's loader, as Node passes it on
 */
export function loaderProblem(message: string): Sentence | null {
  const old = /^(\S+): version [`']([\w.]+)' not found \(required by (.+)\)/m.exec(message);
  if (old) {
    const [, library = '', version = '', file = ''] = old;
    return say('libraryOld', { library: basename(library), version, file: basename(file) });
  }
  const newer = /built for macOS ([\d.]+) which is newer than running OS/.exec(message);
  if (newer?.[1] !== undefined) return say('builtForNewerMacos', { needed: newer[1] });
  const missing =
    /^(\S+): cannot open shared object file/m.exec(message) ??
    /Library not loaded: (\S+)/.exec(message) ??
    /Error loading shared library ([^\s:]+)/.exec(message);
  if (missing?.[1] !== undefined) return missingLibrary(missing[1]);
  return null;
}

/** @returns what the system's loader has against a library; null: it loads it */
function refusalOf(path: string): string | null {
  try {
    process.dlopen({ exports: {} }, path);
  } catch (error) {
    const { message } = error as Error;
    // it is loaded, and no addon of Node's
    return message.includes('did not self-register') ? null : message;
  }
  return null;
}

/** What graphics drivers bring, by the backend that needs it. */
const DRIVERS: Readonly<Record<string, Partial<Record<NodeJS.Platform, string>>>> = {
  cuda: { linux: 'libcuda.so.1', win32: 'nvcuda.dll' },
  vulkan: { linux: 'libvulkan.so.1', win32: 'vulkan-1.dll' },
};

/** That a backend's driver is missing, in one sentence; null: it is there. To be asked before all else that the backend needs. */
export function driverProblem(
  kind: string,
  { platform = process.platform, refuses = refusalOf } = {},
): Sentence | null {
  const library = DRIVERS[kind]?.[platform];
  return library === undefined || refuses(library) === null ? null : missingLibrary(library);
}

/**
 * Why the system's loader does not load a library, in one sentence; null: it does, or does not say why. What can be loaded is
 * loaded: to be asked where that harms nothing.
 * @param folders in which libraries lie that it is linked to, beside those where the system looks
 */
export function libraryProblem(
  path: string,
  folders: readonly string[] = [],
  { platform = process.platform, refuses = refusalOf } = {},
): Sentence | null {
  const message = refuses(path);
  if (message === null) return null;
  if (platform !== 'win32') return loaderProblem(message);
  const missing = missingOnWindows(path, [dirname(path), ...folders], refuses, new Set());
  return missing === null ? null : missingLibrary(missing);
}

/** Windows' loader does not say, and in many languages. */
function missingOnWindows(
  path: string,
  folders: readonly string[],
  refuses: (path: string) => string | null,
  seen: Set<string>,
): string | null {
  if (seen.has(path)) return null;
  seen.add(path);
  for (const name of importedLibraries(path)) {
    const there = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
    if (refuses(there ?? name) === null) continue;
    if (there === undefined) return name;
    const deeper = missingOnWindows(there, folders, refuses, seen);
    if (deeper !== null) return deeper;
  }
  return null;
}
