// Builds the addon: unpacks llama.cpp's pinned source, applies our patches, compiles. Does nothing if the content of
// native/build is already made from the same inputs, or if native/prebuilt has it.
// Run it by hand with `npm run build:native`; add `-- --server` for llama.cpp's server, `-- --cpu` for a CPU backend tuned
// to this machine, `-- --platform NAME` or `-- --all` for other machines.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WinnowError } from '../electron/contract/errors.ts';
import { msg } from '../electron/contract/sentences.ts';
import { buildAllPrebuilt, buildPrebuilt } from './build-prebuilt.ts';
import { compile, hasTool, PATCHED_SOURCE, provideSource, run, withLock, type Progress } from './compile.ts';
import {
  addonKey,
  hasSources,
  isBuildCurrent,
  isPrebuiltCurrent,
  NATIVE_DIR,
  nativeFiles,
  OUT_DIR,
  readStamp,
  referenceKey,
  REFERENCE_DIR,
  sourceKeys,
  STAMP,
  STOCK_SOURCE,
  type Stamp,
} from './places.ts';
import { thisPlatform } from './platforms.ts';
import { ggmlBinDir, llamaSource, ownCpuBackendDir } from './prebuilt.ts';

export { REFERENCE_DIR, STOCK_SOURCE } from './places.ts';

export type BuildOptions = {
  /** Also builds the unpatched programs that tests and bench compare with. */
  readonly reference?: boolean;
  /** Also builds llama.cpp's server, which takes some minutes more the first time. */
  readonly server?: boolean;
  readonly onProgress?: Progress;
};

function requireTool(name: string, remedy: string): void {
  if (!hasTool(name)) {
    throw new WinnowError(
      'NATIVE_BUILD',
      `Winnow's native part must be compiled once, and ${name} is missing. ${remedy}`,
    );
  }
}

function checkTools(): void {
  const packages =
    process.platform === 'darwin'
      ? 'Install the command line tools (xcode-select --install) and CMake (brew install cmake git).'
      : process.platform === 'win32'
        ? 'Bring native\\prebuilt\\win-x64 from a Linux machine (npm run build:native -- --platform win-x64), or install Git, and ' +
          'in MSYS2 the packages mingw-w64-ucrt-x86_64-gcc, -cmake and -ninja, with C:\\msys64\\ucrt64\\bin in PATH.'
        : 'On Debian or Ubuntu: sudo apt-get install g++ cmake make git';
  requireTool('git', packages);
  requireTool('cmake', packages);
  const compilers = [process.env.CXX, 'c++', 'g++', 'clang++'].filter((name) => name !== undefined);
  if (!compilers.some(hasTool)) {
    throw new WinnowError(
      'NATIVE_BUILD',
      `Winnow's native part must be compiled once, and no C++ compiler was found. ${packages}`,
    );
  }
}

/**
 * Makes sure that the addon (and, if asked, the reference programs) exist and are built from the current sources. Takes
 * about two minutes the first time on two cores, milliseconds afterwards or with a prebuilt part.
 * @throws WinnowError NATIVE_BUILD: a tool is missing or the build failed
 */
export async function ensureNative(options: BuildOptions = {}): Promise<void> {
  const { reference = false, server = false } = options;
  if (!hasSources()) {
    if (!server || existsSync(nativeFiles().server)) return;
    throw new WinnowError('NATIVE_BUILD', msg('serverNotPacked'));
  }
  const onProgress = options.onProgress ?? (() => {});

  const isCurrent = (): boolean => {
    if (reference && !(readStamp().reference === referenceKey() && existsSync(REFERENCE_DIR))) return false;
    if (reference || isBuildCurrent()) return isBuildCurrent(server);
    return isPrebuiltCurrent(thisPlatform(), server);
  };
  if (isCurrent()) return;
  checkTools();

  await withLock(onProgress, async () => {
    if (isCurrent()) return;
    const started = Date.now();
    // taken before compiling, so that edits made in the meantime do not count as built
    const stamp: Stamp = { llama: sourceKeys().llama, addon: addonKey() };
    const builtReference = reference ? referenceKey() : readStamp().reference;
    if (builtReference !== undefined) stamp.reference = builtReference;
    const builtServer = server ? stamp.addon : readStamp().server;
    if (builtServer !== undefined) stamp.server = builtServer;
    await provideSource(reference, onProgress);
    await compile(
      OUT_DIR,
      [
        `-DGGML_BIN_DIR=${ggmlBinDir()}`,
        `-DWINNOW_REFERENCE=${reference ? 'ON' : 'OFF'}`,
        ...(reference ? [`-DLLAMA_STOCK_SOURCE=${STOCK_SOURCE}`] : []),
      ],
      onProgress,
      server,
    );
    writeFileSync(STAMP, JSON.stringify(stamp));
    onProgress(`native part built in ${Math.round((Date.now() - started) / 1000)} s`);
  });
}

/**
 * Compiles ggml's CPU backend for exactly this processor, for use with WINNOW_CPU_BACKEND=native; half a minute on two
 * cores. The last bits of its results differ from those of the prebuilt backends, so it is never used unasked.
 * @throws WinnowError NATIVE_BUILD: a tool is missing or the build failed
 */
export async function buildCpuBackend(onProgress: Progress): Promise<void> {
  if (process.platform === 'win32') {
    throw new WinnowError(
      'NATIVE_BUILD',
      "ggml's CPU backend cannot be compiled on Windows. The prebuilt ones are used.",
    );
  }
  checkTools();
  await withLock(onProgress, () => provideSource(false, onProgress));
  onProgress("compiling ggml's CPU backend for this processor");
  const folder = ownCpuBackendDir();
  rmSync(folder, { recursive: true, force: true });
  await run('cmake', [
    '-S',
    join(NATIVE_DIR, 'cpu'),
    '-B',
    folder,
    '-DCMAKE_BUILD_TYPE=Release',
    `-DLLAMA_SOURCE=${PATCHED_SOURCE}`,
    `-DLLAMA_TAG=${llamaSource().tag}`,
    `-DGGML_BIN_DIR=${ggmlBinDir()}`,
  ]);
  await run('cmake', ['--build', folder, '--parallel', String(availableParallelism())]);
  onProgress('built; WINNOW_CPU_BACKEND=native uses it');
}

/** Returns a function that writes progress as one line that changes in place; in a log, every tenth step is a line of its own. */
export function progressLine(stream: NodeJS.WriteStream): Progress {
  let lastPercent = -1;
  return (line) => {
    const step = / (\d+)(?:\/(\d+)|%)$/.exec(line);
    if (stream.isTTY) {
      stream.write(`\r\u001b[K${line}${step ? '' : '\n'}`);
      return;
    }
    const percent = step ? Math.floor((10 * Number(step[1])) / Number(step[2] ?? 100)) * 10 : -1;
    if (step && percent === lastPercent) return;
    lastPercent = percent;
    stream.write(`${line}\n`);
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      reference: { type: 'boolean' },
      server: { type: 'boolean' },
      cpu: { type: 'boolean' },
      platform: { type: 'string', multiple: true },
      all: { type: 'boolean' },
    },
  });
  const onProgress = progressLine(process.stderr);
  if (values.cpu) return buildCpuBackend(onProgress);
  if (values.all) {
    const left = await buildAllPrebuilt(onProgress, values.server);
    for (const { name, reason } of left) onProgress(`not built: ${name}: ${reason}`);
    return undefined;
  }
  const { platform, reference = false, server = false } = values;
  if (platform === undefined) return ensureNative({ reference, server, onProgress });
  for (const name of platform) await buildPrebuilt(name, onProgress, server);
  return undefined;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
