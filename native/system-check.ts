// Whether this system has what native code needs, asked before any is loaded; and what it means when loading fails all
// the same. The window and the command line say it in the same sentence.
import { existsSync, readdirSync } from 'node:fs';
import { release } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { WinnowError } from '../electron/contract/errors.ts';
import { say, type Sentence } from '../electron/contract/sentences.ts';
import { compareVersions, neededVersions } from './needed-versions.ts';

/** What ggml's libraries for macOS are built for; Darwin is nine releases ahead of it. */
const LEAST_MACOS = 14;
const DARWIN_AHEAD = 9;

/** The Microsoft Visual C++ runtime, which ggml's libraries for Windows are linked to. */
const VC_RUNTIME = ['msvcp140.dll', 'vcruntime140.dll', 'vcruntime140_1.dll'];

export type System = {
  readonly platform: NodeJS.Platform;
  /** Its C library, such as "2.36"; null: another one than glibc. */
  readonly glibc: string | null;
  /** Of the kernel, such as "23.1.0". */
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
 * @param addon Winnow's own
 * @param ggml the folder of the libraries that it is linked to; null: there is none for this system
 * @throws WinnowError NATIVE_LOAD that says what is missing
 */
export function requireSystem(addon: string, ggml: string | null): void {
  if (found === undefined) {
    const folders = ggml === null ? [] : [ggml];
    const libraries = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => /^libggml\..*\bso\b/.test(name))
        .map((name) => join(folder, name)),
    );
    const system = thisSystem(folders);
    const isUnknown = system.platform === 'linux' && system.glibc === null && !hasMusl();
    found = isUnknown ? null : systemProblem(system, [addon, ...libraries]);
  }
  if (found !== null) throw new WinnowError('NATIVE_LOAD', found);
}

/** Libraries that come with something else than the system, and what that is. */
const SOURCES = [
  { library: /^(libcuda\.so|nvcuda\.dll)/, words: 'noNvidiaDriver' },
  { library: /^(libcudart|libcublas|libcublasLt)\.so|^(cudart|cublas)/, words: 'noCuda' },
  { library: /^(libvulkan\.so|vulkan-1\.dll)/, words: 'noVulkan' },
] as const;

function missingLibrary(path: string): Sentence {
  const library = basename(path);
  const known = SOURCES.find((source) => source.library.test(library));
  return say(known?.words ?? 'libraryMissing', { library });
}

/**
 * What the system's loader says, as one sentence that names what is missing; null: something else.
 * @param message of glibc's, musl's, macOS's or Windows' loader, as Node passes it on
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
  if (message.includes('The specified module could not be found')) return say('windowsLibraryMissing');
  return null;
}
