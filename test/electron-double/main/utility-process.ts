// `utilityProcess`: a Node process with `process.parentPort`, and Electron's life cycle of it.
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ForkOptions } from 'electron';
import { app } from './app.ts';

const PARENT_PORT = fileURLToPath(new URL('../utility/parent-port.ts', import.meta.url));

class UtilityProcess extends EventEmitter<{ message: [unknown]; exit: [number] }> {
  readonly serviceName: string;
  readonly stdout: ChildProcess['stdout'];
  readonly stderr: ChildProcess['stderr'];
  readonly #child: ChildProcess;
  pid: number | undefined;

  constructor(modulePath: string, args: readonly string[], { serviceName = '', env = process.env }: ForkOptions) {
    super();
    this.serviceName = serviceName;
    const child = fork(modulePath, [...args], {
      env: { ...env },
      execArgv: ['--import', PARENT_PORT],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.pid = child.pid;
    app.utilities.add(this);
    child.on('message', (message) => void this.emit('message', message));
    // 'close' comes after the last output
    child.on('close', (code, signal) => {
      this.pid = undefined;
      app.utilities.delete(this);
      this.emit('exit', code ?? constants.signals[signal ?? 'SIGKILL']);
    });
  }

  postMessage(message: object): void {
    // as in Electron, what a process that has just ended was sent is lost without a word
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  kill(): boolean {
    return this.pid !== undefined && this.#child.kill('SIGTERM');
  }
}

export const utilityProcess = {
  fork: (modulePath: string, args: readonly string[] = [], options: ForkOptions = {}): UtilityProcess =>
    new UtilityProcess(modulePath, args, options),
};
