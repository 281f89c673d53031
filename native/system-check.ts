// Whether this system has what native code needs, checked before any is loaded, and what it means if loading fails
// anyway. The window and the command line report it in the same sentence.
import { existsSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { WinnowError } from '../electron/contract/errors.ts';
import { msg, type Sentence } from '../electron/contract/sentences.ts';
import { compareVersions, neededVersions } from './needed-versions.ts';

/** The macOS that ggml's libraries are built for; Darwin's number is nine higher. */
const LEAST_MACOS = 14;
const DARWIN_AHEAD = 9;

/** The Microsoft Visual C++ runtime, which ggml's libraries for Windows are linked to. */
const VC_RUNTIME = ['msvcp140.dll', 'vcruntime140.dll', 'vcruntime140_1.dll'];

export type System = {
  readonly platform: NodeJS.Platform;
  /** Version of its C library, such as "2.36"; null: it is not glibc. */
  readonly glibc: string | null;
  /** The kernel's version, such as "23.1.0". */
  readonly kernel: string;
  /** Folders in which Windows searches for libraries. */
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
  // otherwise it looks up the names of all connections
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime ?? null;
}

/** Whether the other C library exists: a process that cannot determine its glibc is still allowed to load. */
function hasMusl(): boolean {
  return existsSync('/lib') && readdirSync('/lib').some((name) => name.startsWith('ld-musl'));
}

/**
 * Returns what native code is missing, in one sentence; null: nothing that can be found out before loading.
 * @param files the files to load; those that do not exist are skipped
 */
export function systemProblem(system: System, files: readonly string[]): Sentence | null {
  switch (system.platform) {
    case 'linux': {
      if (system.glibc === null) return msg('systemNotGlibc');
      const { glibc: needed } = neededVersions(files.filter((file) => existsSync(file)));
      if (compareVersions(system.glibc.split('.').map(Number), needed) >= 0) return null;
      return msg('systemGlibcOld', { found: system.glibc, needed: needed.join('.') });
    }
    case 'darwin': {
      const found = Number.parseInt(system.kernel, 10) - DARWIN_AHEAD;
      return found >= LEAST_MACOS ? null : msg('systemMacosOld', { found, needed: LEAST_MACOS });
    }
    case 'win32': {
      const missing = VC_RUNTIME.filter(
        (name) => !system.libraryFolders.some((folder) => existsSync(join(folder, name))),
      );
      return missing.length === 0 ? null : msg('systemNoVcRuntime', { files: missing.join(', ') });
    }
    default:
      return null;
  }
}

let found: Sentence | null | undefined;

/**
 * Checks the system. To be called before anything native is loaded; looks only once per process.
 * @param files the files of native code to load
 * @param folders of the libraries that they are linked to
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

/** Libraries that do not come with the system, and what they come with. */
const SOURCES = [
  { library: /^(libcuda\.so|nvcuda\.dll)/i, words: 'noNvidiaDriver' },
  { library: /^(libcudart|libcublas|libcublasLt)\.so|^(cudart|cublas)/i, words: 'noCuda' },
  { library: /^(libvulkan\.so|vulkan-1\.dll)/i, words: 'noVulkan' },
] as const;

function missingLibrary(path: string): Sentence {
  const library = basename(path);
  const known = SOURCES.find((source) => source.library.test(library));
  return msg(known?.words ?? 'libraryMissing', { library });
}

/**
 * Returns the message of the system's loader as a sentence that names what is missing; null: it says something else.
 * @param message of glibc's, musl's or macOS's loader, as passed on by Node
 */
export function loaderProblem(message: string): Sentence | null {
  const old = /^(\S+): version [`']([\w.]+)' not found \(required by (.+)\)/m.exec(message);
  if (old) {
    const [, library = '', version = '', file = ''] = old;
    return msg('libraryOld', { library: basename(library), version, file: basename(file) });
  }
  const newer = /built for macOS ([\d.]+) which is newer than running OS/.exec(message);
  if (newer?.[1] !== undefined) return msg('builtForNewerMacos', { needed: newer[1] });
  const missing =
    /^(\S+): cannot open shared object file/m.exec(message) ??
    /Library not loaded: (\S+)/.exec(message) ??
    /Error loading shared library ([^\s:]+)/.exec(message);
  if (missing?.[1] !== undefined) return missingLibrary(missing[1]);
  return null;
}

/** @returns why the system's loader refuses a library; null: it loads the library */
function refusalOf(path: string): string | null {
  try {
    process.dlopen({ exports: {} }, path);
  } catch (error) {
    const { message } = error as Error;
    // it was loaded, but is not an addon for Node
    return message.includes('did not self-register') ? null : message;
  }
  return null;
}

/** What graphics drivers provide, by the backend that needs it. */
const DRIVERS: Readonly<Record<string, Partial<Record<NodeJS.Platform, string>>>> = {
  cuda: { linux: 'libcuda.so.1', win32: 'nvcuda.dll' },
  vulkan: { linux: 'libvulkan.so.1', win32: 'vulkan-1.dll' },
};

/** Returns a sentence that a backend's driver is missing; null: it is there. To be checked before anything else that the backend needs. */
export function driverProblem(
  kind: string,
  { platform = process.platform, refuses = refusalOf } = {},
): Sentence | null {
  const library = DRIVERS[kind]?.[platform];
  return library === undefined || refuses(library) === null ? null : missingLibrary(library);
}

/**
 * Returns why the system's loader does not load a library, in one sentence; null: it does, or gives no reason. What can
 * be loaded is loaded, so this must only be called where that does no harm.
 */
export function libraryProblem(
  path: string,
  { platform = process.platform, refuses = refusalOf } = {},
): Sentence | null {
  const message = refuses(path);
  if (message === null) return null;
  // Windows' loader does not name the library, and its message is in many languages
  return platform === 'win32' ? msg('libraryRefused', { library: basename(path) }) : loaderProblem(message);
}
