// What all ways to compile the native part share: tools, llama.cpp's patched source, CMake.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { WinnowError } from '../electron/contract/errors.ts';
import { BUILD_DIR, NATIVE_DIR, readStamp, sourceKeys, STAMP, STOCK_SOURCE, type Stamp } from './places.ts';
import { SERVER_TARGET } from './platforms.ts';
import { includeDir, llamaSource } from './prebuilt.ts';

export const PATCHED_SOURCE = join(BUILD_DIR, 'llama.cpp');

/** Receives one short line at a time. */
export type Progress = (line: string) => void;

/** Whether a program can be started here. */
export function hasTool(name: string): boolean {
  return !spawnSync(name, ['--version'], { stdio: 'ignore' }).error;
}

/** Runs a program; a failure becomes NATIVE_BUILD with the last part of its output. */
export async function run(command: string, args: readonly string[], onLine?: Progress): Promise<void> {
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

/** Unpacks into a side folder first, so that an interrupted unpacking is never mistaken for the source. */
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

/** Makes sure that llama.cpp's source is there with our patches or, if `stock`, without. To be called within `withLock`. */
export async function provideSource(stock: boolean, onProgress: Progress): Promise<void> {
  const { llama } = sourceKeys();
  if (readStamp().llama !== llama || !existsSync(PATCHED_SOURCE)) {
    onProgress('unpacking llama.cpp');
    await unpackPatched();
    rmSync(STOCK_SOURCE, { recursive: true, force: true });
    writeFileSync(STAMP, JSON.stringify({ llama } satisfies Stamp));
  }
  if (stock && !existsSync(STOCK_SOURCE)) {
    await cloneBundle(`${STOCK_SOURCE}.new`);
    renameSync(`${STOCK_SOURCE}.new`, STOCK_SOURCE);
  }
}

/**
 * Configures and compiles into a folder; starts again if the folder belongs to a checkout that was moved.
 * @param options CMake's, in addition to those that every platform needs
 * @param server whether llama.cpp's server is built, too
 */
export async function compile(
  out: string,
  options: readonly string[],
  onProgress: Progress,
  server = false,
): Promise<void> {
  // CMake refuses the cache of another folder
  const cache = join(out, 'CMakeCache.txt');
  if (existsSync(cache) && !readFileSync(cache, 'utf8').includes(`winnow-native_SOURCE_DIR:STATIC=${NATIVE_DIR}`)) {
    rmSync(out, { recursive: true, force: true });
  }
  const generator = existsSync(cache) || !hasTool('ninja') ? [] : ['-G', 'Ninja'];
  await run('cmake', [
    '-S', NATIVE_DIR, '-B', out, ...generator,
    '-DCMAKE_BUILD_TYPE=Release',
    `-DLLAMA_SOURCE=${PATCHED_SOURCE}`,
    `-DLLAMA_TAG=${llamaSource().tag}`,
    `-DNODE_ADDON_API=${includeDir('node-addon-api')}`,
    `-DNODE_API_HEADERS=${includeDir('node-api-headers')}`,
    ...options,
  ]); // oxfmt-ignore
  const jobs = String(availableParallelism());
  const build = ['--build', out, '--config', 'Release', '--parallel', jobs, '--target', 'all'];
  if (server) build.push(SERVER_TARGET);
  await run('cmake', build, (line) => {
    const step = /^\[ *(\d+(?:\/\d+|%))\]/.exec(line);
    if (step?.[1]) onProgress(`compiling llama.cpp ${step[1]}`);
  });
}

/** Waits while another process is building; takes over a lock whose owner has gone. */
export async function withLock<T>(onProgress: Progress, work: () => Promise<T>): Promise<T> {
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

/** The process that is building; null: it has just finished. 0: a lock without a number, which belongs to nobody. */
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
