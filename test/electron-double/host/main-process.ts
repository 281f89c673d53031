// The process that runs the app's main module, with `electron` meaning the double.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { OPTIONS_VARIABLE, type StartOptions, type HostCalls, type MainCalls } from '../protocol.ts';
import { Peer } from '../peer.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export type MainProcessOptions = StartOptions & {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
};

export class MainProcess {
  readonly peer: Peer<HostCalls, MainCalls>;
  /** Settles with the exit code, or the name of the signal that ended the process. */
  readonly exited: Promise<number | string>;
  readonly #child: ChildProcess;

  constructor({ args, env, main, locale, dark }: MainProcessOptions, onOutput: (line: string) => void) {
    const options: StartOptions = { main, locale, dark };
    this.#child = fork(here('../run-main.ts'), [...args], {
      execArgv: ['--import', here('../register.ts')],
      env: { ...process.env, ...env, [OPTIONS_VARIABLE]: JSON.stringify(options) },
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const child = this.#child;
    for (const stream of [child.stdout, child.stderr]) forLines(stream, onOutput);
    this.peer = new Peer<HostCalls, MainCalls>({
      send: (message) => {
        if (child.connected) child.send(message as object, () => undefined);
      },
      onMessage: (listener) => void child.on('message', listener),
    });
    this.exited = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.peer.close(`the main process has ended (${code ?? signal ?? 'unknown'})`);
        resolve(code ?? signal ?? 'unknown');
      });
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function forLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    const lines = `${rest}${chunk}`.split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
  stream?.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
