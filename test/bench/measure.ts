// Timing and memory of child processes.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { peakMemory } from '../linux-processes.ts';

export type Measured = {
  readonly seconds: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Largest resident memory of the process and its children, each at its own peak; 0 where /proc is missing. */
  readonly peakRssBytes: number;
};

const POLL_MS = 20;

/** Runs a command to its end; throws if it fails. */
export async function measure(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Measured> {
  const started = performance.now();
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const peaks = new Map<number, number>();
  const poll = setInterval(() => {
    for (const pid of processTree(child.pid ?? 0)) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakMemory(pid)));
  }, POLL_MS);
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  clearInterval(poll);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${stderr.slice(-3000)}`);
  const peakRssBytes = [...peaks.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { seconds: (performance.now() - started) / 1000, stdout, stderr, peakRssBytes };
}

function processTree(pid: number): number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const children = tasks.flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' '),
    );
    return [pid, ...children.filter((child) => child !== '').flatMap((child) => processTree(Number(child)))];
  } catch {
    return [];
  }
}
