// The backend, chat, hub, reader and renderer workers as utility processes, started for the engine.
import { utilityProcess, type UtilityProcess } from 'electron';
import type { FromEngine, HostMessage } from '../contract/host-messages.ts';
import { workerEnv, type WorkerEntry } from '../contract/worker-entries.ts';
import { endUtility } from './end-utility.ts';
import { utilityExit } from './utility-exit.ts';
import { entryFile } from './paths.ts';

const ENTRIES = {
  backend: 'electron/engine/base/backend/worker',
  hub: 'electron/engine/models/hub/hub-worker',
  reader: 'electron/engine/demos/reader',
  renderer: 'electron/engine/demos/renderer',
} as const satisfies Record<WorkerEntry, string>;

type WorkerMessage = Extract<FromEngine, { worker: number }>;

export class WorkerProcesses {
  readonly #toEngine: (message: HostMessage) => void;
  readonly #workers = new Map<number, UtilityProcess>();

  constructor(toEngine: (message: HostMessage) => void) {
    this.#toEngine = toEngine;
  }

  /** Does what the engine asks: starts a worker, sends it a message, or kills it. */
  receive(message: WorkerMessage): void {
    switch (message.kind) {
      case 'worker-start':
        this.#start(message.worker, message.entry, message.args);
        break;
      case 'worker-send':
        this.#workers.get(message.worker)?.postMessage(message.message);
        break;
      case 'worker-kill': {
        const child = this.#workers.get(message.worker);
        if (child) endUtility(child);
      }
    }
  }

  /** Kills all workers when the engine is gone, since nothing else would end them. */
  killAll(): void {
    for (const child of this.#workers.values()) endUtility(child);
  }

  #start(worker: number, entry: WorkerEntry, args: string[]): void {
    const child = utilityProcess.fork(entryFile(ENTRIES[entry]), args, {
      serviceName: `winnow-${entry}`,
      stdio: 'pipe',
      env: { ...process.env, ...workerEnv(entry) },
    });
    this.#workers.set(worker, child);
    child.stdout?.resume();
    child.stderr?.on('data', (chunk: Buffer) => this.#toEngine({ kind: 'worker-log', worker, text: chunk.toString() }));
    child.on('error', (type, place) => this.#toEngine({ kind: 'worker-log', worker, text: `${type} at ${place}\n` }));
    child.on('message', (message: unknown) => this.#toEngine({ kind: 'worker-message', worker, message }));
    child.on('exit', (code) => {
      this.#workers.delete(worker);
      this.#toEngine({ kind: 'worker-exit', worker, reason: utilityExit(code) });
    });
  }
}
