// Starts worker processes. Under Electron, another host does so with the same worker files.
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProblem } from '../../../contract/errors.ts';
import { exitReason } from '../../../contract/exit-reason.ts';
import { workerEnv, type WorkerEntry } from '../../../contract/worker-entries.ts';

type WorkerSpec = {
  readonly entry: WorkerEntry;
  readonly args: readonly string[];
};

export type WorkerProcess = {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onLog(listener: (text: string) => void): void;
  onExit(listener: (reason: string) => void): void;
  kill(): void;
};

/** Starts a worker. Under plain Node: `forkWorker`. */
export type WorkerHost = (worker: WorkerSpec) => WorkerProcess;

const MODULES: Readonly<Record<WorkerEntry, string>> = {
  backend: './worker',
  hub: '../../models/hub/hub-worker',
  reader: '../../demos/reader',
  renderer: '../../demos/renderer',
};

/** The script of a worker: TypeScript in a checkout, JavaScript in the built app. */
export function workerFile(entry: WorkerEntry): string {
  const { url } = import.meta;
  return fileURLToPath(new URL(`${MODULES[entry]}${extname(url)}`, url));
}

/**
 * A host that forks workers.
 * @param started receives a worker's process id before the worker does anything; if it throws, the worker ends
 */
export function forkingHost(started: (pid: number) => void): WorkerHost {
  return ({ entry, args }) => {
    const child = fork(workerFile(entry), args, {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...workerEnv(entry) },
    });
    try {
      if (child.pid !== undefined) started(child.pid);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return {
      // a worker that just died is reported by its exit, not by the failed send
      send: (message) => child.send(message as object, () => {}),
      onMessage: (listener) => child.on('message', listener),
      onLog: (listener) => child.stderr?.setEncoding('utf8').on('data', listener),
      onExit: (listener) => {
        child.once('error', (error) => listener(startProblem(error)));
        child.once('exit', (code, signal) => listener(exitReason(code, signal)));
      },
      kill: () => child.kill('SIGKILL'),
    };
  };
}

export const forkWorker: WorkerHost = forkingHost(() => {});
