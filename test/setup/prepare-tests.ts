// What `npm test` does before its tests: the native part is compiled, and makes what tests compare with; beside that the sources
// are checked and the page is built. Both have stretches that keep one core busy, and together they keep two. llama.cpp's server is
// compiled here too: beside the tests that would take minutes.
import { spawn } from 'node:child_process';
import { ensureNative, progressLine } from '../../native/build.ts';
import { prepareReferencePrograms } from './reference-programs.ts';

/** What npm is asked for, one after the other. */
const CHECKS = [
  ['run', 'check'],
  ['exec', '--', 'vite', 'build', '--logLevel', 'warn'],
] as const;

/** The checker of types is written in Go: it takes a third less time, and no more memory, where it collects garbage only at a limit. */
const ENVIRONMENT = { GOGC: 'off', GOMEMLIMIT: '3GiB', ...process.env };

/** @throws Error where npm ends with a failure */
async function npm(args: readonly string[]): Promise<void> {
  const child = spawn('npm', args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
    env: ENVIRONMENT,
  });
  const end = await new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done(code ?? signal));
  });
  if (end !== 0) throw new Error(`npm ${args.join(' ')} ended with ${String(end)}`);
}

async function check(): Promise<void> {
  for (const args of CHECKS) await npm(args);
}

async function compile(): Promise<void> {
  await ensureNative({ reference: true, server: true, onProgress: progressLine(process.stderr) });
  await prepareReferencePrograms();
}

for (const part of await Promise.allSettled([compile(), check()])) {
  if (part.status === 'fulfilled') continue;
  process.stderr.write(`${part.reason instanceof Error ? part.reason.message : String(part.reason)}\n`);
  process.exitCode = 1;
}
