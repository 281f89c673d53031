// Processes that a test kills in the middle: the command line and the workers that it starts.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { statOf } from '../linux-processes.ts';
import { ROOT, type Finished } from './support.ts';

const POLL_MS = 5;

export type StartOptions = {
  /** Added to the environment; undefined takes a name out. */
  readonly env?: NodeJS.ProcessEnv;
  /** Given to standard input, which then ends. Without it there is none. */
  readonly input?: string | Buffer;
  /** A file or device that standard output goes to, in the place of what is returned. */
  readonly stdoutTo?: string;
  /** As a shell would limit it: "ulimit -f 100; ulimit -n 32". */
  readonly limits?: string;
  /** Called with all of standard error so far, whenever there is more of it. */
  readonly onStderr?: (stderr: string) => void;
};

export type StartedCommand = {
  readonly pid: number;
  readonly finished: Promise<Finished & { readonly signal: NodeJS.Signals | null }>;
  /** What it has printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /**
   * Signals the process alone, or as a terminal does the whole group: the process and its workers. Windows ends these with it.
   */
  readonly kill: (signal: NodeJS.Signals, whom: 'process' | 'group') => void;
};

/** Starts the command line in a process group of its own: what it leaves behind can be found and killed. */
export function startCommandLine(home: string, args: readonly string[], options: StartOptions = {}): StartedCommand {
  const { env, input, stdoutTo, limits, onStderr } = options;
  const command = [process.execPath, join(ROOT, 'electron/cli/winnow.ts'), ...args];
  const [program = '', ...rest] =
    limits === undefined ? command : ['/bin/sh', '-c', `${limits}; exec "$@"`, 'winnow', ...command];
  const stdout = stdoutTo === undefined ? 'pipe' : openSync(stdoutTo, 'w');
  const child = spawn(program, rest, {
    detached: true,
    env: { ...process.env, FORCE_COLOR: undefined, WINNOW_HOME: home, ...env },
    stdio: [input === undefined ? 'ignore' : 'pipe', stdout, 'pipe'],
  });
  if (typeof stdout === 'number') closeSync(stdout);
  child.stdin?.on('error', () => undefined).end(input);
  const { pid } = child;
  if (pid === undefined) throw new Error('the command line did not start');
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => {
    text.stderr += chunk.toString();
    onStderr?.(text.stderr);
  });
  return {
    pid,
    finished: new Promise((done, fail) => {
      child.once('error', fail);
      child.once('close', (code, signal) => done({ code: code ?? -1, signal, ...text }));
    }),
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    kill: (signal, whom) => {
      if (whom === 'group' && process.platform !== 'win32') process.kill(-pid, signal);
      else child.kill(signal);
    },
  };
}

/** Running processes that `pid` has started. */
export function childrenOf(pid: number): number[] {
  if (process.platform === 'linux') {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return all.map(Number).filter((candidate) => linuxParent(candidate) === pid);
  }
  const rows =
    process.platform === 'win32'
      ? listed('wmic', ['process', 'get', 'ParentProcessId,ProcessId'])
      : listed('ps', ['-A', '-o', 'ppid=,pid=']);
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .flatMap(([parent, child]) => (parent === pid && child !== undefined ? [child] : []));
}

/** Those of them whose command line names that; on Windows all, as Wine keeps command lines to itself. */
export function childrenNamed(pid: number, name: string): number[] {
  const children = childrenOf(pid);
  if (process.platform === 'win32') return children;
  return children.filter((child) =>
    listed('ps', ['-ww', '-o', 'args=', '-p', String(child)]).some((row) => row.includes(name)),
  );
}

/** A line for each process, but not for the one that lists them, whose number would stand at the end. */
function listed(program: string, args: readonly string[]): string[] {
  const { error, pid, stdout } = spawnSync(program, args, { encoding: 'latin1' });
  if (error !== undefined) throw error;
  // Wine's wmic writes UTF-16, of which the ASCII is enough
  const rows = stdout.replaceAll('\0', '').split('\n');
  return rows.filter((row) => !row.trimEnd().endsWith(` ${pid}`));
}

export function isRunning(pid: number): boolean {
  if (process.platform === 'linux') return linuxParent(pid) !== null;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The parent of a running process. A zombie has ended: it only waits for its parent. */
function linuxParent(pid: number): number | null {
  const stat = statOf(pid);
  return stat === null || stat.state === 'Z' || stat.state === 'X' ? null : stat.parent;
}

/** @throws when the condition does not hold within the time */
export async function until(what: string, condition: () => boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
}
