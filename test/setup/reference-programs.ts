// What the integration tests compare with, made once before they run side by side: the unpatched llama.cpp programs, and
// the models that they write. ggml looks for its plug-ins beside the executable and takes the best: for another CPU backend
// (WINNOW_CPU_BACKEND) the programs stand in a folder with that alone.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureNative, progressLine, REFERENCE_DIR } from '../../native/build.ts';
import { chosenCpuBackend, cpuVariant, WITHOUT_AMX } from '../../native/prebuilt.ts';
import { processorFlags } from './cpu-variants.ts';

const ARCHS_SEED = '1234';
/** A small random model of every architecture that llama.cpp's own test can write: `NAME-moe.gguf` and others. */
export const ARCHITECTURES_DIR = join(REFERENCE_DIR, `archs-${ARCHS_SEED}`);

/** The CPU backend that Winnow uses here; null: the best one. */
function cpuBackend(wanted?: string): string | null {
  return chosenCpuBackend(wanted) ?? (processorFlags().has('amx_int8') ? cpuVariant(WITHOUT_AMX) : null);
}

function programsWith(backend: string): string {
  return join(REFERENCE_DIR, 'with', createHash('sha256').update(backend).digest('hex').slice(0, 12));
}

/**
 * Folder of the programs `stock-*` and `down-fit`, or what WINNOW_REFERENCE_PROGRAMS says: of another system, where that is emulated.
 * @param wanted their CPU backend, as WINNOW_CPU_BACKEND says it; by default what Winnow itself uses in this process
 */
export function referencePrograms(wanted?: string): string {
  const elsewhere = process.env['WINNOW_REFERENCE_PROGRAMS'];
  if (elsewhere !== undefined) return elsewhere;
  const backend = cpuBackend(wanted);
  return backend === null ? REFERENCE_DIR : programsWith(backend);
}

function isNewer(path: string, than: string): boolean {
  return !existsSync(than) || statSync(path).mtimeMs > statSync(than).mtimeMs;
}

/** Another process may do the same, or run the programs: what is right already stays, and takes its place at once. */
function linkPrograms(backend: string): void {
  const folder = programsWith(backend);
  const programs = readdirSync(REFERENCE_DIR).filter((file) => /^(stock-[a-z-]+|down-fit)(\.exe)?$/.test(file));
  const isLinked = (name: string): boolean =>
    existsSync(join(folder, name)) && statSync(join(folder, name)).ino === statSync(join(REFERENCE_DIR, name)).ino;
  if (programs.every(isLinked)) return;
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  // hard links: a symbolic one would be followed to where all backends lie
  for (const name of programs) linkSync(join(REFERENCE_DIR, name), join(fresh, name));
  symlinkSync(backend, join(fresh, basename(backend)));
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}

function makeArchitectures(): void {
  const program = join(REFERENCE_DIR, 'make-archs');
  if (!isNewer(program, ARCHITECTURES_DIR)) return;
  const fresh = `${ARCHITECTURES_DIR}.new`;
  for (const folder of [fresh, ARCHITECTURES_DIR]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(fresh);
  execFileSync(program, ['-s', ARCHS_SEED, '-o', fresh], { stdio: 'ignore' });
  renameSync(fresh, ARCHITECTURES_DIR);
}

/** @param wanted as WINNOW_CPU_BACKEND says it */
export async function prepareReferencePrograms(wanted?: string): Promise<void> {
  await ensureNative({ reference: true, onProgress: progressLine(process.stderr) });
  makeArchitectures();
  const backend = cpuBackend(wanted);
  if (backend !== null) linkPrograms(backend);
}

/** Vitest's global set-up of a project, whose own environment says which CPU backend its tests use. */
export const setup = ({ config }: TestProject): Promise<void> =>
  prepareReferencePrograms(config.env.WINNOW_CPU_BACKEND);
