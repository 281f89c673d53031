// Starts worker processes, and ends those of cancelled work. Under Electron, another host starts the same worker files.
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

/**
 * How long a worker may take to stop by itself. llama.cpp checks its flag between two nodes of a graph, and one node of a
 * large model with a large ubatch takes many seconds on a CPU, as does a tensor that is read from a slow disk.
 */
const GRACE_MS = 1000;

/** Starts workers as `host` does, and kills those that still run `graceMs` after the signal was aborted. */
export function endingHost(host: WorkerHost, signal: AbortSignal, graceMs = GRACE_MS): WorkerHost {
  return (spec) => {
    const worker = host(spec);
    let timer: NodeJS.Timeout | undefined;
    const endSoon = (): void => void (timer = setTimeout(() => worker.kill(), graceMs));
    if (signal.aborted) endSoon();
    else signal.addEventListener('abort', endSoon, { once: true });
    worker.onExit(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', endSoon);
    });
    return worker;
  };
}
