// `utilityProcess`: a Node process with `process.parentPort`, and Electron's life cycle of it.
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { resolve } from 'node:path';
import type { ForkOptions, UtilityProcess as RealUtility } from 'electron';
import { sourceSibling } from '../source-sibling.ts';
import { host } from './host.ts';
import { requireReady } from './life.ts';

const PARENT_PORT = fileURLToPath(new URL('../utility/parent-port.ts', import.meta.url));
/** Exit codes of processes that a signal ended, as the system reports them. */
const SIGNALS: Readonly<Record<string, number>> = { SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15, SIGABRT: 6 };

const running = new Set<UtilityProcess>();

class UtilityProcess extends EventEmitter<{ message: [unknown]; exit: [number] }> {
  readonly serviceName: string;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #child: ChildProcess;
  pid: number | undefined;

  constructor(modulePath: string, args: readonly string[], options: ForkOptions) {
    super();
    this.serviceName = options.serviceName ?? 'Node Utility Process';
    const child = fork(sourceSibling(resolve(modulePath)), [...args], {
      env: { ...(options.env ?? process.env) },
      execArgv: ['--import', PARENT_PORT],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    running.add(this);
    child.on('spawn', () => (this.pid = child.pid));
    child.on('message', (envelope) => void this.emit('message', (envelope as { message: unknown }).message));
    // 'close' comes after the last output
    child.on('close', (code, signal) => {
      this.pid = undefined;
      running.delete(this);
      this.emit('exit', code ?? SIGNALS[signal ?? ''] ?? 1);
    });
  }

  postMessage(message: unknown): void {
    const copy: unknown = structuredClone(message);
    // as in Electron, what a process that has just ended was sent is lost without a word
    if (this.#child.connected) this.#child.send({ message: copy }, () => {});
  }

  kill(): boolean {
    return this.pid !== undefined && this.#child.kill('SIGTERM');
  }

  /** Not Electron's: the system ends it, without its leave. */
  killHard(): void {
    this.#child.kill('SIGKILL');
  }
}

export const utilityProcess = {
  fork(modulePath: string, args: readonly string[] = [], options: ForkOptions = {}): UtilityProcess {
    requireReady('utilityProcess cannot be created');
    return new UtilityProcess(modulePath, args, options);
  },
};

utilityProcess satisfies {
  fork(
    modulePath: string,
    args?: string[],
    options?: ForkOptions,
  ): Pick<RealUtility, 'kill' | 'postMessage'> & { pid: number | undefined };
};

/** The app's end is theirs. */
export function killUtilities(): void {
  for (const utility of running) utility.killHard();
}

host.serve({
  killUtility: ({ serviceName }) => {
    const named = [...running].filter((utility) => utility.serviceName === serviceName);
    const pids = named.flatMap(({ pid }) => pid ?? []);
    for (const utility of named) utility.killHard();
    return pids;
  },
});
