// What the engine imports of the native part. Loading the addon loads llama.cpp into the process, which only backend workers do.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { WinnowError } from '../electron/contract/errors.ts';
import type { GgufValueType } from '../electron/contract/model-info.ts';
import { msg, type Sentence } from '../electron/contract/sentences.ts';
import type { BuildOptions } from './build.ts';
import { nativeFiles } from './places.ts';
import {
  chosenCpuBackend,
  cpuVariant,
  ggmlBinDir,
  gpuBackendFiles,
  sqliteFile,
  WITHOUT_AMX,
  type GpuKind,
} from './prebuilt.ts';
import { driverProblem, libraryProblem, requireSystem } from './system-check.ts';

export type GgufEdit = { readonly key: string; readonly type: GgufValueType; readonly value: unknown };

/** What is called of the addon here; what the worker calls of it stands in electron/engine/base/backend/addon.ts. */
type Loading = {
  /** Starts a thread that ends the process once `parent`, given by its id, has gone. */
  watchParent(parent: number): void;
  /**
   * Loads the backends. `cpuBackend`: a library to load instead of the best one in `cpuBackendDir`; throws if this
   * processor cannot run it. `withoutAmx`: the one to load if this processor has AMX.
   */
  initialise(options: {
    cpuBackendDir: string;
    cpuBackend: string | null;
    withoutAmx: string;
    gpuBackends: readonly string[];
  }): void;
};

/** Loads llama.cpp's server, in a process that has loaded the addon. @throws WinnowError as `loadNative` */
export function loadServer(): unknown {
  return loadFile(nativeFiles().server);
}

export type GpuChoice = 'auto' | 'off' | GpuKind;

/**
 * Loads the addon and ggml's backends: the CPU's, and the GPU's of the given kind ("auto": all that are installed).
 * @throws WinnowError NATIVE_LOAD: the system lacks something that the addon needs; others if the addon is not built,
 *   or the CPU backend that WINNOW_CPU_BACKEND names cannot be loaded
 */
export function loadNative(gpu: GpuChoice): unknown {
  // Windows searches PATH for libraries that a library needs
  if (process.platform === 'win32') process.env.PATH = [ggmlBinDir(), process.env.PATH].join(delimiter);
  const addon = loadAddon();
  // before anything that may take long
  addon.watchParent(process.ppid);
  const gpuBackends = gpuBackendFiles().filter(({ kind }) => gpu === 'auto' || gpu === kind);
  addon.initialise({
    cpuBackendDir: ggmlBinDir(),
    cpuBackend: chosenCpuBackend(),
    withoutAmx: cpuVariant(WITHOUT_AMX),
    gpuBackends: gpuBackends.map(({ path }) => path),
  });
  return addon;
}

function loadAddon(): Loading {
  try {
    return loadFile(nativeFiles().addon) as Loading;
  } catch (error) {
    requireFitSystem();
    throw error;
  }
}

function loadFile(path: string): unknown {
  try {
    return createRequire(import.meta.url)(path);
  } catch (error) {
    throw explainLoading(error, path);
  }
}

/** @returns NATIVE_LOAD that says what the system lacks for a file of native code; for any other cause the error itself */
function explainLoading(error: unknown, path: string): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_DLOPEN_FAILED') return error;
  const problem = libraryProblem(path);
  return problem === null ? error : new WinnowError('NATIVE_LOAD', problem, {}, error);
}

/** Returns the error of `explainLoading` for SQLite, if it could not be opened. */
export function explainSqliteLoading(error: unknown): unknown {
  return explainLoading(error, sqliteFile());
}

/**
 * Checks the system before native code is loaded, or after loading failed.
 * @throws WinnowError NATIVE_LOAD that says what this system lacks
 */
export function requireFitSystem(): void {
  const libraries = ggmlFolders().flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^libggml\..*\bso\b/.test(name))
      .map((name) => join(folder, name)),
  );
  requireSystem([nativeFiles().addon, sqliteFile(), ...libraries], ggmlFolders());
}

/** Empty if npm installed none because none fits, which is then reported. */
function ggmlFolders(): string[] {
  try {
    return [ggmlBinDir()];
  } catch {
    return [];
  }
}

export type GpuProblem = { readonly kind: GpuKind; readonly why: Sentence };

/**
 * Returns why installed backends for graphics cards offer no device. Loads whatever of them can be loaded.
 * @param devices that ggml has found with all of them
 */
export function gpuProblems(devices: readonly { readonly backend: string }[]): GpuProblem[] {
  return gpuBackendFiles()
    .filter(({ kind }) => !devices.some(({ backend }) => backend.toLowerCase() === kind))
    .map(({ kind, path }) => {
      const why = driverProblem(kind) ?? libraryProblem(path) ?? msg('driverWithoutDevice');
      return { kind, why };
    });
}

/** Like `ensureNative` of build.ts, which is only loaded here: workers and windows of a released app build nothing. */
export async function ensureNative(options: BuildOptions): Promise<void> {
  const build = await import('./build.ts');
  await build.ensureNative(options);
}

export { nativeFiles } from './places.ts';
export { gpuBackendFiles, llamaSource, unpacked } from './prebuilt.ts';
export { windowsMemory, type WindowsMemory } from './windows-memory.ts';
