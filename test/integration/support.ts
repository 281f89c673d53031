// What the integration tests share: the built reference programs, the generated models, temporary folders, the CLI.
import type { ExportOptions } from '../../electron/contract/api/exports.ts';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, vi } from 'vitest';
import { runCommandLine } from '../../electron/cli/command-line.ts';
import { openContext } from '../../electron/cli/context.ts';
import { Output } from '../../electron/cli/output.ts';
import type { Placement, PruneRequest } from '../../electron/contract/requests.ts';
import { ARCHITECTURES_DIR, referencePrograms } from '../setup/reference-programs.ts';
import { THOROUGH } from '../setup/thorough.ts';
import { softwareGpu } from './software-gpu.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const SAMPLE = join(ROOT, 'resources/sample/winnow-sample-Q8_0.gguf');
export const THREADS = availableParallelism();
/** Folder of the unpatched llama.cpp programs. */
export const REFERENCE = referencePrograms();
export const CPU: Placement = { gpu: 'off', gpuLayers: 0, cpuExpertLayers: 0, rpc: [], threads: THREADS };
/** What tests prune with unless they are about it. */
export const PRUNE_OPTIONS = {
  grouping: 'ungrouped',
  nextn: 'reuse',
  allowFewerUsed: false,
  overwrite: false,
  dryRun: false,
} as const satisfies Partial<PruneRequest>;
/** What the window exports with, unless told otherwise. */
export const EXPORT_OPTIONS: ExportOptions = {
  nextn: 'reuse',
  quantise: null,
  imatrix: null,
  imatrixRun: null,
  repair: null,
  allowFewerUsed: false,
  overwrite: false,
};

/** A folder that is removed when the test file is done. */
export function scratchDir(parent: string = tmpdir()): string {
  const dir = mkdtempSync(join(parent, 'winnow-test-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Workers that this test file starts from now on see Mesa's software GPU. */
export function useSoftwareGpu(): void {
  for (const [name, value] of Object.entries(softwareGpu())) vi.stubEnv(name, value);
}

export type Finished = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** The test runner may ask its children for colours; what is compared here is plain text. */
const PLAIN_ENV: NodeJS.ProcessEnv = { ...process.env, FORCE_COLOR: undefined };

/** Runs a program to its end. */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return new Promise((done) => {
    execFile(command, args, { env: { ...PLAIN_ENV, ...env }, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
      done({ code, stdout, stderr });
    });
  });
}

/** Runs an unpatched llama.cpp program of `test/native`; fails loudly. */
export async function runReference(name: string, ...args: string[]): Promise<string> {
  const result = await run(join(REFERENCE, name), args);
  if (result.code !== 0)
    throw new Error(`${name} ${args.join(' ')} ended with ${result.code}\n${result.stderr.slice(-4000)}`);
  return result.stdout;
}

/** How commands are called; `json()` adds --json and parses stdout. */
export type CommandLine = {
  readonly call: (...args: string[]) => Promise<Finished>;
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the document's shape
  readonly json: <T = Record<string, unknown>>(
    ...args: string[]
  ) => Promise<{ code: number; document: T; stderr: string }>;
};

/** The command line as a process of its own, with a home of its own. */
export function commandLine(home: string): CommandLine {
  const winnow = join(ROOT, 'electron/cli/winnow.ts');
  return withJson((...args) => run(process.execPath, [winnow, ...args], { WINNOW_HOME: home }));
}

/** The same inside this process: no start of one for each command. */
export function commandLineHere(home: string): CommandLine {
  return withJson(async (...args) => {
    let stdout = '';
    let stderr = '';
    const streams = {
      out: { write: (text: string) => (stdout += text) },
      err: { write: (text: string) => (stderr += text) },
    };
    const output = new Output(args.includes('--json'), streams);
    const context = openContext({ home, output, signal: new AbortController().signal });
    try {
      const code = await runCommandLine(args, context);
      return { code, stdout, stderr };
    } finally {
      await context.close();
    }
  });
}

function withJson(call: CommandLine['call']): CommandLine {
  return {
    call,
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as above
    async json<T>(...args: string[]) {
      const { code, stdout, stderr } = await call(...args, '--json');
      return { code, document: JSON.parse(stdout) as T, stderr };
    },
  };
}

/**
 * Which cases of a sweep run: all where tests are thorough, else every n-th.
 * @param every of the project that has no `n` of its own (vitest.config.ts)
 */
export function sampled<Case>(cases: readonly Case[], every = 1): readonly Case[] {
  const step = THOROUGH ? 1 : Number(process.env['WINNOW_TEST_EVERY'] ?? every);
  return cases.filter((_, i) => i % step === 0);
}

/** A random model of every MoE architecture that llama.cpp's own test can write, 8 experts, 2 used. */
export function architectureFiles(): { name: string; path: string }[] {
  return readdirSync(ARCHITECTURES_DIR)
    .filter((file) => file.endsWith('-moe.gguf'))
    .sort()
    .map((file) => ({ name: basename(file, '-moe.gguf'), path: join(ARCHITECTURES_DIR, file) }));
}

/** Float32 logits that `stock-logits` wrote. */
export function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Token ids of the linear congruential generator that the reference programs use too. */
export function seededTokens(n: number, nVocab: number, seed: number): Int32Array {
  let state = BigInt(seed);
  return Int32Array.from({ length: n }, () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffff_ffff_ffff_ffffn;
    return Number((state >> 33n) % BigInt(nVocab));
  });
}
