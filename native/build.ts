// Builds the addon: unpacks llama.cpp's pinned source, applies our patches, compiles. Does nothing when what lies in
// native/build is already made from the same inputs. Run it by hand with `npm run build:native`,
// with `-- --cpu` for a CPU backend of the machine's own.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WinnowError } from '../electron/contract/errors.ts';
import { ggmlBinDir, includeDir, llamaSource, ownCpuBackendDir, unpacked } from './prebuilt.ts';

const NATIVE_DIR = dirname(fileURLToPath(import.meta.url));
const BUILD_DIR = join(NATIVE_DIR, 'build');
const OUT_DIR = unpacked(join(BUILD_DIR, 'out'));
const PATCHED_SOURCE = join(BUILD_DIR, 'llama.cpp');
/** Written last: a build that was interrupted does not count. */
const STAMP = join(BUILD_DIR, 'stamp.json');

export const ADDON_PATH = join(OUT_DIR, 'winnow.node');
/** ggml's RPC backend, by which machines lend each other memory. */
export const RPC_BACKEND_PATH = join(OUT_DIR, process.platform === 'win32' ? 'ggml-rpc.dll' : 'libggml-rpc.so');
/** llama.cpp's source as it came, for the reference programs of tests and bench. */
export const STOCK_SOURCE = join(BUILD_DIR, 'llama.cpp-stock');
/** The unpatched llama.cpp programs that tests and bench compare with. */
export const REFERENCE_DIR = join(OUT_DIR, 'reference');

export type BuildOptions = {
  /** Also the unpatched programs that tests and bench compare with. */
  readonly reference?: boolean;
  /** Receives one short line at a time. */
  readonly onProgress?: (line: string) => void;
};

function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of paths) {
    const files = statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: 'utf8' })
          .sort()
          .map((name) => join(path, name))
      : [path];
    for (const file of files) {
      if (!statSync(file).isFile()) continue;
      hash.update(file.slice(NATIVE_DIR.length)).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

/** What the build is made of: sources, the pinned llama.cpp, and where everything lies. */
function inputsKey(reference: boolean): { source: string; all: string } {
  const { bundle, tag } = llamaSource();
  const source = `${tag}:${statSync(bundle).size}:${hashOf([join(NATIVE_DIR, 'patches')])}`;
  const own = ['src', 'moe', 'quantise', 'CMakeLists.txt'].map((name) => join(NATIVE_DIR, name));
  if (reference) own.push(join(NATIVE_DIR, '..', 'test', 'native'));
  return { source, all: `${source}:${hashOf(own)}:${ggmlBinDir()}:${process.platform}-${process.arch}` };
}

type Stamp = { source?: string; addon?: string; reference?: string };

function readStamp(): Stamp {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8')) as Stamp;
  } catch {
    return {};
  }
}

function requireTool(name: string, remedy: string): void {
  if (spawnSync(name, ['--version'], { stdio: 'ignore' }).error) {
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
        ? 'Windows is not supported yet.'
        : 'On Debian or Ubuntu: sudo apt-get install g++ cmake make git';
  requireTool('git', packages);
  requireTool('cmake', packages);
  if (process.platform === 'win32') return;
  const compilers = [process.env.CXX, 'c++', 'g++', 'clang++'].filter((name) => name !== undefined);
  if (compilers.every((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).error)) {
    throw new WinnowError(
      'NATIVE_BUILD',
      `Winnow's native part must be compiled once, and no C++ compiler was found. ${packages}`,
    );
  }
}

/** Runs a program and returns its output; a failure becomes NATIVE_BUILD with the output's tail. */
async function run(command: string, args: readonly string[], onLine?: (line: string) => void): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const tail: string[] = [];
  const collect = (chunk: Buffer): void => {
    for (const line of chunk.toString().split(/\r?\n/)) {
      if (line === '') continue;
      tail.push(line);
      if (tail.length > 40) tail.shift();
      onLine?.(line);
    }
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  if (code !== 0) {
    throw new WinnowError(
      'NATIVE_BUILD',
      `Building the native part failed at: ${command} ${args.join(' ')}\n${tail.join('\n')}`,
    );
  }
}

async function cloneBundle(target: string): Promise<void> {
  rmSync(target, { recursive: true, force: true });
  await run('git', [
    'clone',
    '--quiet',
    '-c',
    'advice.detachedHead=false',
    '-c',
    'core.autocrlf=false',
    llamaSource().bundle,
    target,
  ]);
}

/** Unpacks into a side folder first, so that an interrupted unpacking is never taken for the source. */
async function unpackPatched(): Promise<void> {
  const fresh = `${PATCHED_SOURCE}.new`;
  await cloneBundle(fresh);
  const patches = readdirSync(join(NATIVE_DIR, 'patches')).filter((name) => name.endsWith('.patch'));
  for (const name of patches.sort()) {
    await run('git', ['-C', fresh, 'apply', '--whitespace=nowarn', join(NATIVE_DIR, 'patches', name)]);
  }
  rmSync(PATCHED_SOURCE, { recursive: true, force: true });
  renameSync(fresh, PATCHED_SOURCE);
}

/** Waits while another process builds; takes over a lock whose owner is gone. */
async function withLock<T>(onProgress: (line: string) => void, work: () => Promise<T>): Promise<T> {
  mkdirSync(BUILD_DIR, { recursive: true });
  const lock = join(BUILD_DIR, 'lock');
  for (let announced = false; ;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new WinnowError('NATIVE_BUILD', `${BUILD_DIR} cannot be written: ${(error as Error).message}`);
      }
      const owner = lockOwner(lock);
      if (owner !== null && !isAlive(owner)) rmSync(lock, { force: true });
      if (owner === null || !isAlive(owner)) continue;
      if (!announced) onProgress(`another process (${owner}) is building the native part; waiting`);
      announced = true;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The process that builds; null where it has just finished. A lock without a number belongs to nobody (0). */
function lockOwner(lock: string): number | null {
  try {
    return Number(readFileSync(lock, 'utf8')) || 0;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Makes sure that the addon (and, if asked, the reference programs) exist and belong to the sources as they are.
 * Takes about two minutes the first time on two cores, milliseconds afterwards.
 * @throws WinnowError NATIVE_BUILD: a tool is missing or the build failed
 */
export async function ensureNative(options: BuildOptions = {}): Promise<void> {
  // a released app brings the addon, and no sources
  if (!existsSync(join(NATIVE_DIR, 'patches')) && existsSync(ADDON_PATH)) return;
  const reference = options.reference ?? false;
  const onProgress = options.onProgress ?? (() => {});
  const key = inputsKey(reference);
  const addonKey = inputsKey(false).all;

  const isCurrent = (): boolean => {
    const stamp = readStamp();
    if (stamp.addon !== addonKey || !existsSync(ADDON_PATH) || !existsSync(RPC_BACKEND_PATH)) return false;
    return !reference || (stamp.reference === key.all && existsSync(REFERENCE_DIR));
  };
  if (isCurrent()) return;
  checkTools();

  await withLock(onProgress, async () => {
    if (isCurrent()) return;
    const started = Date.now();
    if (readStamp().source !== key.source || !existsSync(PATCHED_SOURCE)) {
      onProgress('unpacking llama.cpp');
      await unpackPatched();
      rmSync(STOCK_SOURCE, { recursive: true, force: true });
      writeFileSync(STAMP, JSON.stringify({ source: key.source } satisfies Stamp));
    }
    if (reference && !existsSync(STOCK_SOURCE)) {
      await cloneBundle(`${STOCK_SOURCE}.new`);
      renameSync(`${STOCK_SOURCE}.new`, STOCK_SOURCE);
    }
    const ninja = spawnSync('ninja', ['--version'], { stdio: 'ignore' }).error ? [] : ['-G', 'Ninja'];
    // CMake refuses a cache of another folder: the checkout was moved
    const cache = join(OUT_DIR, 'CMakeCache.txt');
    if (existsSync(cache) && !readFileSync(cache, 'utf8').includes(`winnow-native_SOURCE_DIR:STATIC=${NATIVE_DIR}`)) {
      rmSync(OUT_DIR, { recursive: true, force: true });
    }
    const generator = existsSync(cache) ? [] : ninja;
    await run('cmake', [
      '-S', NATIVE_DIR, '-B', OUT_DIR, ...generator,
      '-DCMAKE_BUILD_TYPE=Release',
      `-DLLAMA_SOURCE=${PATCHED_SOURCE}`,
      `-DLLAMA_TAG=${llamaSource().tag}`,
      `-DGGML_BIN_DIR=${ggmlBinDir()}`,
      `-DNODE_ADDON_API=${includeDir('node-addon-api')}`,
      `-DNODE_API_HEADERS=${includeDir('node-api-headers')}`,
      `-DWINNOW_REFERENCE=${reference ? 'ON' : 'OFF'}`,
      ...(reference ? [`-DLLAMA_STOCK_SOURCE=${STOCK_SOURCE}`] : []),
    ]); // oxfmt-ignore
    const jobs = String(availableParallelism());
    await run('cmake', ['--build', OUT_DIR, '--config', 'Release', '--parallel', jobs], (line) => {
      const step = /^\[ *(\d+(?:\/\d+|%))\]/.exec(line);
      if (step?.[1]) onProgress(`compiling llama.cpp ${step[1]}`);
    });
    const stamp: Stamp = { source: key.source, addon: addonKey };
    const builtReference = reference ? key.all : readStamp().reference;
    if (builtReference !== undefined) stamp.reference = builtReference;
    writeFileSync(STAMP, JSON.stringify(stamp));
    onProgress(`native part built in ${Math.round((Date.now() - started) / 1000)} s`);
  });
}

/**
 * Compiles ggml's CPU backend for this very processor, which WINNOW_CPU_BACKEND=native then uses; half a minute on two cores.
 * The last bits of its results differ from the prebuilt ones', so that nothing takes it unasked.
 * @throws WinnowError NATIVE_BUILD: a tool is missing or the build failed
 */
export async function buildCpuBackend(onProgress: (line: string) => void): Promise<void> {
  await ensureNative({ onProgress });
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

/** Writes progress as one line that changes in place, or on a log every tenth step as a line of its own. */
export function progressLine(stream: NodeJS.WriteStream): (line: string) => void {
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

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const reference = process.argv.includes('--reference');
  try {
    if (process.argv.includes('--cpu')) await buildCpuBackend(progressLine(process.stderr));
    else await ensureNative({ reference, onProgress: progressLine(process.stderr) });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
